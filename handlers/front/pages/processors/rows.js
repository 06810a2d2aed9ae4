// A list in an entry, such as certificates: rows of boxes that can be added and taken away.

import { fill, h, t } from "../../core/show.js";
import { fieldWords } from "./fields.js";
/** @import { Piece, Rows } from "./types.js" */

/**
 * @template T
 * @param {object} parts
 * @param {string} parts.pointer of the list
 * @param {string} parts.add words of the button
 * @param {T[]} parts.values
 * @param {(at: string, value?: T) => Piece[]} parts.make the boxes of one row, where `at` is its pointer
 * @returns {Rows}
 */
export function rowsOf({ pointer, add, values, make }) {
  /** @type {Piece[][]} */
  const rows = [];
  const place = h("div", { class: "fields" });
  const button = h("button", { type: "button", onclick: () => append() }, add);
  const legend = h("legend", { tabindex: "-1" }, fieldWords(pointer));
  const element = h("fieldset", { class: "w-12" }, legend, place, h("div", { class: "actions" }, button));

  /** @param {T} [value] */
  function insert(value) {
    rows.push(make(`${pointer}/0`, value));
    draw();
  }

  function append() {
    insert();
    rows.at(-1)?.[0]?.field.input.focus();
  }

  /** @param {Piece[]} row */
  function take(row) {
    rows.splice(rows.indexOf(row), 1);
    draw();
    legend.focus();
  }

  function draw() {
    fill(place, ...rows.map((row, index) => {
      const name = t("processors.row", { list: fieldWords(pointer), number: index + 1 });
      const away = h("button", { type: "button", class: "link", onclick: () => take(row) }, t("app.remove"), h("span", { class: "visually-hidden" }, ` ${name}`));
      return h("fieldset", { class: "stub" }, h("legend", {}, name), h("div", { class: "boxes" }, ...row.map(({ field }) => field.element)), away);
    }));
  }

  /** The number of a row is its place now. */
  function pieces() {
    return rows.flatMap((row, index) => row.map((piece) => placed(piece, index)));
  }

  /** @param {Piece} piece @param {number} index @returns {Piece} */
  function placed({ field, write }, index) {
    const own = field.pointer().replace(/\/\d+\//, `/${index}/`);
    field.pointer = () => own;
    return { field, write };
  }

  for (const value of values) insert(value);
  return { element, pieces };
}
