// What people ask about their data: all requests with their deadlines, and entering one.

import { everything } from "../../core/api.js";
import { date, h, t } from "../../core/show.js";
import { today } from "../../core/moment.js";
import { intention, sayDone } from "../../core/once.js";
import { guard, loading, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { knowTime } from "../../core/session.js";
import { rightsOf } from "./file.js";
import { box, choice, day, screenOf, sheet, text } from "./sheet.js";
import { dueBadge, options, said } from "./words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { RequestItem } from "./types.js" */

const KINDS = "access rectification erasure restriction portability objection";

/** @returns {Screen} */
export function requests() {
  const title = t("requests.title");
  const add = h("a", { class: "button primary", href: "#/requests/new" }, t("rights.request"));
  const list = loading(() => everything("/api/requests"), listed);
  const kept = h("p", {}, h("a", { href: "#/requests/retention" }, t("rights.see_retention")));
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("requests.body"))), add);
  return { title, element: h("section", {}, head, list.element, kept) };
}

/** @param {RequestItem[]} items */
function listed(items) {
  if (items.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("requests.none")));
  const columns = [t("requests.name"), t("rights.kind"), t("rights.received_on"), t("rights.due_on"), t("rights.state")].map((words) => ({ words }));
  const row = (/** @type {RequestItem} */ one) => [h("a", { href: `#/requests/${one.id}` }, one.name), said(`request_kind.${one.kind}`), date(one.received_on), date(one.due_on), dueBadge(one)];
  return h("div", { class: "card" }, table({ caption: t("requests.title"), columns, rows: items.map(row) }));
}

/** @param {Record<string, string>} parameters `client`: the file that it is about @returns {Screen} */
export function newRequest({ client }) {
  const title = t("rights.request");
  const back = client === undefined ? "requests" : `clients/${client}/rights`;
  const { watch, ...guarded } = guard();
  const { element } = loading(async () => (await knowTime(), client === undefined ? "" : (await rightsOf(client)).name), (name) => {
    const made = entry(name, client);
    return watch(made);
  });
  const backWords = t(client === undefined ? "requests.back" : "rights.back_one");
  return screenOf({ title, back, backWords, about: t("requests.new_body") }, { element, ...guarded });
}

/** @param {string} name @param {string} [client] */
function entry(name, client) {
  const enter = intention("/api/requests");
  return sheet({
    pieces: [
      choice("kind", t("rights.kind"), options("request_kind", KINDS)),
      box({ name: "name", label: t("requests.name"), value: name, required: true }),
      day("received_on", t("rights.received_on"), { value: today(), required: true }),
      text("remarks", t("requests.remarks"), { required: false }),
    ],
    submit: t("rights.request"),
    send: (body) => enter({ ...body, client }),
    after: (answer) => {
      sayDone(answer, t("rights.done"));
      return () => go(`requests/${answer.data.id}`);
    },
  });
}
