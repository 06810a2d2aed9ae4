// Small things that several screens show.

import { fill, h } from "./dom.js";
import { sentence } from "./problem.js";
import { t } from "./text.js";

/** @typedef {import("./dom.js").Child} Child */

/**
 * A place that says it is loading, then shows what came, or what went wrong with a way to try again.
 * @template T
 * @param {() => Promise<T>} load
 * @param {(loaded: T) => Child | Child[]} show
 * @param {number} [lines] of the skeleton
 * @returns {{ element: HTMLElement, reload: () => Promise<void> }}
 */
export function loading(load, show, lines = 6) {
  const element = h("div", { class: "loaded", "aria-busy": "true" });
  let turn = 0;
  const reload = async () => {
    turn += 1;
    const mine = turn;
    if (element.childElementCount === 0) fill(element, skeleton(lines));
    element.setAttribute("aria-busy", "true");
    let content;
    try {
      content = show(await load());
    } catch (error) {
      content = failure(error, reload);
    }
    if (mine !== turn) return;
    element.setAttribute("aria-busy", "false");
    fill(element, ...(Array.isArray(content) ? content : [content]));
  };
  void reload();
  return { element, reload };
}

/** @param {number} lines */
export function skeleton(lines) {
  const bars = Array.from({ length: lines }, () => h("span", {}));
  return h("div", { class: "skeleton" }, h("p", { class: "visually-hidden" }, t("app.loading")), ...bars);
}

/**
 * What went wrong, with a way to try again.
 * @param {unknown} error
 * @param {() => unknown} again
 */
export function failure(error, again) {
  const button = h("button", { type: "button", onclick: () => void again() }, t("app.try_again"));
  return h("div", { class: "notice bad fields", role: "alert" }, h("p", {}, sentence(error)), h("p", {}, button));
}

/**
 * @param {string} words
 * @param {"" | "bad" | "warn" | "plain"} [kind]
 */
export function badge(words, kind = "") {
  return h("span", { class: `badge ${kind}` }, words);
}

/** @typedef {{ words: string, amount?: boolean }} Column */

/**
 * A table whose rows become blocks on a phone.
 * @param {object} parts
 * @param {string} parts.caption read out; shown only when `title` says so
 * @param {boolean} [parts.title]
 * @param {Column[]} parts.columns the first is the row's heading
 * @param {Child[][]} parts.rows
 */
export function table({ caption, title = false, columns, rows }) {
  const head = columns.map(({ words, amount }) => h("th", { scope: "col", role: "columnheader", class: amount ? "amount" : null }, words));
  const heads = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head));
  // Named roles: blocks on a phone would not count as a table for every screen reader.
  return h("table", { class: "stack", role: "table" }, h("caption", { class: title ? null : "visually-hidden" }, caption), heads, h("tbody", { role: "rowgroup" }, ...rows.map((cells) => row(columns, cells))));
}

/**
 * One row of such a table.
 * @param {Column[]} columns
 * @param {Child[]} cells
 */
export function row(columns, cells) {
  return h("tr", { role: "row" }, ...cells.map((cell, index) => column(columns[index], cell, index === 0)));
}

/** @param {Column | undefined} described @param {Child} cell @param {boolean} first */
function column(described, cell, first) {
  if (first) return h("th", { scope: "row", role: "rowheader" }, cell);
  return h("td", { role: "cell", class: described?.amount ? "amount" : null, "data-label": described?.words }, cell);
}
