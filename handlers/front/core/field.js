// One labelled control with its hint and its error, tied together for screen readers.

import { fill, freshId, h } from "./dom.js";
import { t } from "./text.js";

/**
 * @typedef {object} FieldParts
 * @property {string} label
 * @property {string} name also the last part of the JSON pointer, unless `pointer` says otherwise
 * @property {string} [pointer] where the server finds it in the body (RFC 6901)
 * @property {string} [type] of the input; `textarea` and `select` too
 * @property {string} [hint]
 * @property {string} [value]
 * @property {string} [autocomplete]
 * @property {string} [inputmode]
 * @property {boolean} [required] the others are marked as optional by being silent
 * @property {[string, string][]} [options] value and words, of a select
 * @property {number} [rows] of a textarea
 * @property {string} [width] `short`, `medium` or nothing
 * @property {boolean} [readonly]
 */

/**
 * @typedef {object} Field
 * @property {HTMLElement} element
 * @property {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} input
 * @property {string} label
 * @property {() => string} pointer
 * @property {boolean} required
 * @property {() => string} value as typed
 * @property {(sentence: string | null) => void} fail shows an error, or takes it away
 */

/**
 * @param {FieldParts} parts
 * @returns {Field}
 */
export function field(parts) {
  const id = freshId("field");
  const input = control(parts, id);
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const hint = parts.hint ? h("p", { class: "hint", id: `${id}-hint` }, parts.hint) : null;
  const described = [hint ? `${id}-hint` : ""];
  const describe = (/** @type {string[]} */ ids) => {
    const text = ids.filter(Boolean).join(" ");
    if (text) input.setAttribute("aria-describedby", text);
    else input.removeAttribute("aria-describedby");
  };
  describe(described);
  const fail = (/** @type {string | null} */ sentence) => {
    error.hidden = sentence === null;
    fill(error, sentence === null ? null : h("span", { class: "visually-hidden" }, t("app.error_prefix")), sentence);
    if (sentence === null) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    describe(sentence === null ? described : [`${id}-error`, ...described]);
  };
  input.addEventListener("input", () => fail(null));
  const element = h("div", { class: `field ${parts.width ?? ""}` }, h("label", { for: id }, parts.label), hint, error, input);
  const pointer = parts.pointer ?? `/${parts.name}`;
  return { element, input, label: parts.label, pointer: () => pointer, required: parts.required ?? false, value: () => input.value, fail };
}

/**
 * @param {FieldParts} parts
 * @param {string} id
 */
function control({ type = "text", name, value = "", autocomplete = "off", inputmode, required, options = [], rows = 6, readonly }, id) {
  const shared = { id, name, autocomplete, "aria-required": required ? "true" : null };
  if (type === "select") {
    const choices = options.map(([key, words]) => h("option", { value: key }, words));
    const select = h("select", shared, ...choices);
    select.value = value;
    return select;
  }
  if (type === "textarea") return h("textarea", { ...shared, rows, value });
  const plain = type === "password" || autocomplete.includes("username") || autocomplete === "email" || autocomplete === "one-time-code";
  return h("input", { ...shared, type, value, inputmode, readonly, spellcheck: plain ? "false" : null, autocapitalize: plain ? "none" : null });
}
