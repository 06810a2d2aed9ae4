// The boxes of an entry: each knows where the server finds it, what it holds and how that is written; and rows of boxes, such as certificates.

import { field, fillFromFile } from "../../core/form.js";
import { fill, freshId, h, typedDate } from "../../core/show.js";
import { parseDate } from "../../core/values.js";
import { knows, optionsOf, t } from "../../core/words.js";
/** @import { Field, FieldParts } from "../../core/types.js" */
/** @import { Piece, Rows } from "./types.js" */

/** The label of what stands at a pointer; rows of a list share theirs. @param {string} pointer */
export function fieldWords(pointer) {
  const name = pointer.slice(1).replace(/\/\d+/g, "").replaceAll("/", "_");
  return knows(`processor_field.${name}`) ? t(`processor_field.${name}`) : pointer;
}

/** @typedef {Omit<Partial<FieldParts>, "value"> & { value?: string, write?: (typed: string) => unknown }} Parts */

/** A box of one value; an empty one is not sent. @param {string} pointer @param {Parts} parts @returns {Piece} */
export function box(pointer, { write = (typed) => typed.trim(), ...parts }) {
  const made = field({ name: pointer.split("/").at(-1) ?? "", pointer, label: fieldWords(pointer), ...parts });
  return { field: made, write: (entry) => made.value().trim() !== "" && put(entry, made.pointer(), write(made.value())) };
}

/** A day; what is none is refused before it is sent. @param {string} pointer @param {string} [value] ISO */
export function day(pointer, value) {
  const write = (/** @type {string} */ typed) => parseDate(typed) ?? typed;
  const piece = box(pointer, { value: value && typedDate(value), hint: t("file.hint.date"), isFormed: true, width: "w-4", write });
  piece.field.element.dataset.day = "";
  return piece;
}

/** @param {Piece} piece */
export function isNoDay({ field }) {
  return field.element.dataset.day !== undefined && field.value().trim() !== "" && parseDate(field.value()) === undefined;
}

/** One of a closed set, or none. @param {string} pointer @param {string} set @param {string} [value] @returns {Piece} */
export function one(pointer, set, value = "") {
  /** @type {[string, string][]} */
  const options = [["", t("processors.choose")], ...optionsOf(set)];
  return box(pointer, { type: "select", options, value, width: "w-6" });
}

/** Any of a closed set, as boxes to tick. @param {string} pointer @param {string} set @param {string[]} [values] @returns {Piece} */
export function some(pointer, set, values = []) {
  const id = freshId("some");
  const error = h("p", { class: "error", id, hidden: true });
  const ticks = optionsOf(set).map(([value, label]) => ({
    value,
    label,
    input: h("input", { type: "checkbox", name: value, checked: values.includes(value) }),
  }));
  const labels = ticks.map(({ input, label }) => h("label", { class: "check" }, input, label));
  const element = h("fieldset", { class: "w-12", "aria-describedby": id }, h("legend", {}, fieldWords(pointer)), error, ...labels);
  const chosen = () => ticks.filter(({ input }) => input.checked).map(({ value }) => value);
  const fail = (/** @type {string | null} */ sentence) => {
    error.hidden = sentence === null;
    fill(error, sentence);
  };
  const [first] = ticks;
  if (first === undefined) throw new Error(`${set} is empty`);
  /** @type {Field} */
  const made = {
    element,
    input: first.input,
    label: fieldWords(pointer),
    pointer: () => pointer,
    required: false,
    value: () => chosen().join(" "),
    fail,
  };
  return { field: made, write: (entry) => chosen().length > 0 && put(entry, pointer, chosen()) };
}

/** Countries by their codes, with anything but letters between them. @param {string} pointer @param {string[]} [values] */
export function codes(pointer, values = []) {
  const write = (/** @type {string} */ typed) =>
    typed
      .toUpperCase()
      .split(/[^\p{L}]+/u)
      .filter(Boolean);
  return box(pointer, { value: values.join(", "), hint: t("processors.countries_hint"), width: "w-6", write });
}

/** The fingerprint of a file that never leaves the machine. @param {string} pointer @param {string} [value] @returns {Piece} */
export function fingerprint(pointer, value) {
  const piece = box(pointer, { value, hint: t("processors.file_hint"), width: "w-12" });
  fillFromFile(piece.field, t("processors.pick_file"));
  return piece;
}

/** Writes a value where a pointer (RFC 6901) says. @param {any} entry @param {string} pointer @param {unknown} value */
function put(entry, pointer, value) {
  const steps = pointer.slice(1).split("/");
  const last = steps.pop() ?? "";
  let node = entry;
  for (const [index, step] of steps.entries()) node = node[step] ??= /^\d+$/.test(steps[index + 1] ?? last) ? [] : {};
  node[last] = value;
}

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
    fill(
      place,
      ...rows.map((row, index) => {
        const name = t("processors.row", { list: fieldWords(pointer), number: index + 1 });
        const away = h(
          "button",
          { type: "button", class: "link", onclick: () => take(row) },
          t("app.remove"),
          h("span", { class: "visually-hidden" }, ` ${name}`),
        );
        return h(
          "fieldset",
          { class: "stub" },
          h("legend", {}, name),
          h("div", { class: "boxes" }, ...row.map(({ field }) => field.element)),
          away,
        );
      }),
    );
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
