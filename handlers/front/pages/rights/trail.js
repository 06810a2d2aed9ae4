// Who did what with a file, and when.

import { called, dateTime, h, t } from "../../core/show.js";
import { badge, table } from "../../core/pieces.js";
import { pages } from "../../core/paged.js";
import { said } from "./words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Actor, Trace } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function trail({ id = "" }) {
  const title = t("rights.trail");
  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: `#/clients/${id}/rights` }, t("rights.back_one")));
  const list = pages({ path: `/api/clients/${encodeURIComponent(id)}/trail`, listed, none: t("rights.nothing"), more: t("rights.older") });
  return { title, element: h("section", {}, crumb, h("h1", {}, title), h("p", { class: "soft" }, t("rights.trail_body")), h("div", { class: "card" }, list)) };
}

/** @param {Trace[]} traces */
function listed(traces) {
  const columns = [t("rights.when"), t("rights.what"), t("rights.by"), t("account.ip")].map((words) => ({ words }));
  return table({ caption: t("rights.trail"), columns, rows: traces.map(row) });
}

/** @param {Trace} trace */
function row({ at, deed, by, former }) {
  return [dateTime(at), said(`deed.${deed}`), h("span", {}, whom(by), former && " ", former && badge(t("rights.former"), "plain")), by.kind === "adviser" ? (by.ip ?? t("account.unknown")) : ""];
}

/** @param {Actor} by */
function whom(by) {
  if (by.kind !== "adviser") return said(`trail_actor.${by.kind}`);
  const name = by.name === null ? t("rights.somebody") : called(by.name, by.username);
  return by.current_session ? t("rights.this_session", { name }) : name;
}
