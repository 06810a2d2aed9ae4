// What a check shows before anything is made: the first rows as they were read, and rows that seem to be files already.

import { h, t } from "../../core/show.js";
import { field } from "../../core/form.js";
import { table } from "../../core/pieces.js";
/** @import { Field } from "../../core/types.js" */
/** @import { Double, Findings, PreviewRow, Range } from "./types.js" */

/** @param {Findings} found */
export function preview({ preview: shown, import: { checked } }) {
  if (shown.length === 0) return null;
  const columns = ["row", "read"].map((key) => ({ words: t(`exchange.${key}`) }));
  const body = t(checked?.importable ? "exchange.preview_body" : "exchange.preview_raw");
  return h("div", { class: "card" }, h("h2", {}, t("exchange.preview")), h("p", {}, body), table({ caption: t("exchange.preview"), columns, rows: shown.map(previewRow) }));
}

/** @param {PreviewRow} shown */
function previewRow({ row, cells }) {
  const pairs = cells.map(({ column, heading, text }) => h("div", {}, h("dt", {}, heading ?? t("exchange.in_column", { column: letters(column) })), h("dd", { translate: "no" }, text)));
  return [String(row), h("dl", { class: "read" }, ...pairs)];
}

/**
 * Rows that seem to be files already, and the box that asks what becomes of them; without such rows neither.
 * @param {Findings} found
 * @returns {{ element: HTMLElement | null, choice: Field | null }}
 */
export function doubles({ already_there: there, import: one }) {
  if (there.count === 0) return { element: null, choice: null };
  const options = /** @type {[string, string][]} */ ([["", t("exchange.choose_doubles")], ["skip", t("exchange.skip")], ["make", t("exchange.make_anyway")]]);
  const choice = there.asks ? field({ name: "duplicates", label: t("exchange.what_of_doubles"), type: "select", options, value: one.duplicates ?? "", required: true }) : null;
  const columns = ["row", "why"].map((key) => ({ words: t(`exchange.${key}`) }));
  const list = table({ caption: t("exchange.doubles"), columns, rows: there.items.map(doubleRow) });
  const body = h("p", {}, t("exchange.doubles_body", { rows: counted(there.count, there.rows) }));
  return { element: h("div", { class: "card" }, h("h2", {}, t("exchange.doubles")), body, list, choice?.element ?? null), choice };
}

/** @param {Double} double */
function doubleRow({ row, id, code, above }) {
  // No file is made of the row above yet.
  if (above !== undefined) return [String(row), t(`likeness_above.${code}`, { row: above })];
  return [String(row), h("span", {}, t(`likeness.${code}`), " ", h("a", { href: `#/clients/${id}` }, t("exchange.see_that_file")))];
}

/** What a spreadsheet calls a column: `C` is the third. @param {number} column @returns {string} */
export function letters(column) {
  const before = Math.floor((column - 1) / 26);
  return (before > 0 ? letters(before) : "") + String.fromCharCode(65 + ((column - 1) % 26));
}

const MOST_RANGES = 20;

/** @param {number} count @param {Range[]} ranges */
export function counted(count, ranges) {
  if (count === 0) return "0";
  const shown = ranges.slice(0, MOST_RANGES).map(({ first, last }) => (first === last ? String(first) : `${first}–${last}`));
  const list = ranges.length > MOST_RANGES ? [...shown, "…"] : shown;
  return t("exchange.counted", { count, rows: list.join(", ") });
}
