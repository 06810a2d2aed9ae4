// All hand-overs, the newest first.

import { everything } from "../../core/api.js";
import { called, dateTime, h } from "../../core/show.js";
import { badge, loading, table } from "../../core/pieces.js";
import { t } from "../../core/words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Item, State } from "./types.js" */

/** @returns {Screen} */
export function list() {
  const title = t("hand_over.title");
  const add = h("a", { class: "button primary", href: "#/hand-overs/new" }, t("hand_over.propose"));
  const all = loading(() => everything("/api/hand-overs"), listed);
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("hand_over.body"))), add);
  return { title, element: h("section", {}, head, all.element) };
}

/** The server has no order for them. @param {Item[]} items */
function listed(items) {
  if (items.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("hand_over.none")));
  const sorted = items.toSorted((one, other) => Date.parse(other.proposed_at) - Date.parse(one.proposed_at));
  const columns = ["from", "to", "proposed_at", "state", "files"].map((key) => ({ words: t(`hand_over.${key}`) }));
  return h("div", { class: "card" }, table({ caption: t("hand_over.title"), columns, rows: sorted.map(row) }));
}

/** @param {Item} item */
function row({ id, from, to, proposed_at: at, state, files, moved }) {
  const count = files !== null && (moved < files ? t("hand_over.progress", { moved, files }) : files);
  return [
    h("a", { href: `#/hand-overs/${id}` }, called(from.display_name, from.username)),
    called(to.display_name, to.username),
    dateTime(at),
    stateBadge(state),
    count,
  ];
}

/** @param {State} state */
export function stateBadge(state) {
  const kinds = /** @type {const} */ ({ proposed: "warn", withdrawn: "plain", approved: "warn", moving: "warn", completed: "" });
  return badge(t(`hand_over_state.${state}`), kinds[state]);
}
