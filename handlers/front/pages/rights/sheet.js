// The forms of this subject: boxes that know how their value is sent, and a form on a page of its own; and how values are said.

import { field, form, passwordField } from "../../core/form.js";
import { today } from "../../core/moment.js";
import { badge } from "../../core/pieces.js";
import { date, fill, freshId, h, typedDate } from "../../core/show.js";
import { parseDate } from "../../core/values.js";
import { knows, t } from "../../core/words.js";
/** @import { Field, FieldParts, Screen, Wrong } from "../../core/types.js" */
/** @import { Made, Piece, Place, Sheet } from "./types.js" */

/** A box; an empty one is not sent. @param {FieldParts} parts @param {(typed: string) => unknown} [read] @returns {Piece} */
export function box(parts, read = (typed) => typed.trim()) {
  return { field: field(parts), read };
}

/** @param {string} name @param {string} label @param {Partial<FieldParts>} [more] */
export function text(name, label, more) {
  return box({ name, label, type: "textarea", rows: 3, required: true, ...more });
}

/** One of a few. @param {string} name @param {string} label @param {[string, string][]} options value and words */
export function choice(name, label, options) {
  return box({ name, label, type: "select", options: [["", t("rights.choose")], ...options], required: true, width: "medium" });
}

/** A day. @param {string} name @param {string} label @param {Partial<FieldParts>} [more] `value`: an ISO date */
export function day(name, label, { value, hint = t("file.hint.date"), ...more } = {}) {
  const piece = box(
    { name, label, hint, isFormed: true, width: "short", value: value && typedDate(value), ...more },
    (typed) => parseDate(typed) ?? typed,
  );
  piece.field.element.dataset.day = "";
  return piece;
}

/** The password, as it is typed. @returns {Piece} */
export function password() {
  return {
    field: passwordField({ name: "password", label: t("account.current_password"), hint: t("rights.password_hint") }),
    read: (typed) => typed,
  };
}

/** A box that has to be ticked. @param {string} name @param {string} label @returns {Piece} */
export function tick(name, label) {
  const id = freshId("tick");
  const error = h("p", { class: "error", id, hidden: true });
  const input = h("input", { type: "checkbox", name, "aria-describedby": id, onchange: () => fail(null) });
  const fail = (/** @type {string | null} */ sentence) => {
    error.hidden = sentence === null;
    fill(error, sentence);
  };
  const element = h("div", { class: "field" }, error, h("label", { class: "check" }, input, label));
  /** @type {Field} */
  const made = { element, input, label, pointer: () => `/${name}`, required: false, value: () => (input.checked ? "yes" : ""), fail };
  return { field: made, read: () => true, missing: t("rights.tick_it") };
}

/** @param {Sheet} parts @returns {Made} */
export function sheet({ pieces, submit, danger, sure, send, after, goesOn = false, words = {}, onProblem }) {
  const fields = pieces.map((piece) => piece.field);
  const typed = () => fields.map((one) => one.value());
  let begun = typed();
  let done = false;
  // What was sent and got no answer may be stored.
  let isOpen = false;
  const made = form({
    fields: () => fields,
    content: fields.map(({ element }) => element),
    submit,
    danger,
    ...(sure && { sure }),
    check: () => pieces.flatMap(wrong),
    onSubmit: async () => {
      const sent = typed();
      isOpen = true;
      const answer = await send(body(pieces));
      isOpen = false;
      begun = sent;
      done = !goesOn;
      return after(answer);
    },
    onProblem: (problem) => {
      const own = words[problem.code];
      if (own !== undefined) made.complain(own);
      // An entry of a list is typed in the box of the whole list.
      for (const error of problem.errors) {
        error.pointer = error.pointer.replace(/\/\d+$/, "");
        error.words = words[error.code];
      }
      return own !== undefined || (onProblem?.(problem) ?? false);
    },
  });
  return { ...made, isDirty: () => !done && (isOpen || typed().some((value, index) => value !== begun[index])) };
}

/** What cannot be sent as it is. @param {Piece} piece @returns {Wrong[]} */
function wrong({ field, missing }) {
  const typed = field.value().trim();
  if (missing !== undefined && typed === "") return [{ field, words: missing }];
  const isDay = field.element.dataset.day !== undefined;
  return isDay && typed !== "" && parseDate(typed) === undefined ? [{ field, words: t("file.wrong.date") }] : [];
}

/** @param {Piece[]} pieces */
function body(pieces) {
  const filled = pieces.filter(({ field }) => field.value().trim() !== "");
  return Object.fromEntries(filled.map(({ field, read }) => [field.pointer().slice(1), read(field.value())]));
}

/** The screen around a form. @param {Place} place @param {Made} made @returns {Screen} */
export function screenOf({ title, back, backWords, about }, { element, ...guarded }) {
  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: `#/${back}` }, backWords));
  return {
    title,
    element: h("section", { class: "narrow" }, crumb, h("h1", {}, title), h("p", {}, about), h("div", { class: "card" }, element)),
    ...guarded,
  };
}

const DAY = 86_400_000;

/** The words under a key; a newer server may know values that this page has not heard of. @param {string} key */
export function said(key) {
  return knows(key) ? t(key) : key.slice(key.indexOf(".") + 1);
}

/** Values of one closed set, one after the other. @param {string} set @param {string[]} codes */
export function coded(set, codes) {
  return codes.map((code) => said(`${set}.${code}`)).join("; ");
}

/** How much time is left for a request. @param {{ due_on: string, state: string }} request */
export function dueBadge({ due_on: due, state }) {
  if (state !== "open") return badge(said(`request_state.${state}`), "plain");
  const left = Math.round((Date.parse(due) - Date.parse(today())) / DAY);
  if (left < 0) return badge(t("requests.late", { date: date(due) }), "bad");
  return badge(t("requests.days_left", { count: left }), left <= 7 ? "warn" : "");
}
