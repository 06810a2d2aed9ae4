// How long files are kept, and those that have been kept long enough.

import { get, put } from "../../core/api.js";
import { date, h } from "../../core/show.js";
import { badge, guard, loading, say, table } from "../../core/pieces.js";
import { pages } from "../../core/paged.js";
import { t } from "../../core/words.js";
import { box, sheet, text } from "./sheet.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Proposal, Retention } from "./types.js" */

/** @returns {Screen} */
export function retention() {
  const title = t("retention.title");
  const { watch, ...guarded } = guard();
  const place = h("div", {});
  const proposals = () =>
    place.replaceChildren(pages({ path: "/api/retention/proposals", listed, none: t("retention.none"), more: t("retention.more") }));
  const { element } = loading(
    async () => /** @type {Retention} */ ((await get("/api/retention")).data),
    (present) => {
      const made = term(present, proposals);
      return h("div", { class: "card narrow" }, watch(made));
    },
  );
  proposals();
  const crumb = h("p", { class: "crumb" }, h("a", { href: "#/requests" }, t("requests.back")));
  const over = h(
    "section",
    { class: "card" },
    h("h2", {}, t("retention.over")),
    h("p", { class: "soft" }, t("retention.over_body")),
    place,
  );
  return { title, element: h("section", {}, crumb, h("h1", {}, title), h("p", {}, t("retention.body")), element, over), ...guarded };
}

/** @param {Retention} present @param {() => void} changed */
function term({ months, reason }, changed) {
  let stored = JSON.stringify({ months: months ?? undefined, reason: reason ?? undefined });
  return sheet({
    pieces: [
      box(
        {
          name: "months",
          label: t("retention.months"),
          hint: t("retention.months_hint"),
          inputmode: "numeric",
          isFormed: true,
          width: "short",
          required: true,
          value: months?.toString(),
        },
        (typed) => (/^\d{1,3}$/.test(typed.trim()) ? Number(typed) : typed),
      ),
      text("reason", t("rights.reason"), { hint: t("retention.reason_hint"), value: reason ?? "" }),
    ],
    submit: t("app.save"),
    send: async (body) => {
      if (JSON.stringify(body) === stored) return;
      // Without an answer nobody knows which one is stored.
      stored = "";
      await put("/api/retention", body);
      stored = JSON.stringify(body);
    },
    goesOn: true,
    after: () => {
      say(t("app.saved"));
      changed();
    },
    words: { out_of_range: t("retention.months_wrong"), wrong_type: t("retention.months_wrong") },
  });
}

/** @param {Proposal[]} items */
function listed(items) {
  const columns = [t("app.name"), t("clients.updated_at"), t("rights.term"), t("rights.state")].map((words) => ({ words }));
  return table({ caption: t("retention.over"), columns, rows: items.map(row) });
}

/** @param {Proposal} item */
function row({ id, name, updated_at: changed, keep_until: keep, held, marked, restricted }) {
  const states = [
    held && badge(t("rights.hold"), "warn"),
    marked && badge(t("retention.marked"), "warn"),
    restricted && badge(t("clients.restricted"), "warn"),
  ].filter((one) => one !== false);
  return [h("a", { href: `#/clients/${id}/rights` }, name), date(changed), date(keep), h("span", { class: "who" }, ...states)];
}
