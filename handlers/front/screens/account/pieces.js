// What the parts of an account share: rows of what is set, steps in one place, and the fields of a confirmation.

import { fill, h } from "../../core/dom.js";
import { field } from "../../core/field.js";
import { blame } from "../../core/form.js";
import { t } from "../../core/text.js";

/** @typedef {import("../../core/dom.js").Child} Child */
/** @typedef {import("../../core/field.js").Field} Field */

/** @param {{ label: string, value: Child | Child[], action?: Child }[]} described */
export function rows(described) {
  const row = (/** @type {{ label: string, value: Child | Child[], action?: Child }} */ { label, value, action }) =>
    h("div", {}, h("dt", {}, label), h("dd", {}, ...(Array.isArray(value) ? value : [value])), action && h("dd", {}, action));
  return h("dl", { class: "card rows" }, ...described.map(row));
}

/**
 * A link whose few words are read out with what they are about.
 * @param {string} href
 * @param {string} words
 * @param {string} about
 */
export function rowLink(href, words, about) {
  return h("a", { href }, words, h("span", { class: "visually-hidden" }, about));
}

/**
 * @typedef {object} Flow
 * @property {HTMLElement} place
 * @property {boolean} unkept whether recovery codes are shown that nobody has kept yet
 * @property {() => void} onCancel
 * @property {() => void} onDone
 */

/**
 * Puts a step in place of the one before, and the focus on it.
 * @param {Flow} flow
 * @param {string} title
 * @param {...Child} content
 */
export function step({ place }, title, ...content) {
  const heading = h("h2", { tabindex: "-1" }, title);
  fill(place, heading, ...content);
  if (place.isConnected) (/** @type {HTMLElement | null} */ (place.querySelector("[data-first]")) ?? heading).focus();
}

/**
 * A way back out of a step.
 * @param {Flow} flow
 */
export function cancel({ onCancel }) {
  return h("button", { type: "button", onclick: onCancel }, t("app.cancel"));
}

/** @param {...Child} content */
export function card(...content) {
  return h("div", { class: "card" }, ...content);
}

/**
 * What a form does with a refused password or code.
 * @param {{ password?: Field, code?: Field }} typed
 */
export function refusedAt({ password, code }) {
  return (/** @type {import("../../core/problem.js").Problem} */ problem) => {
    if (problem.code === "invalid_credentials" && password) return blame(password, t("account.wrong_password"));
    if (problem.code === "wrong_code" && code) return blame(code, t("problem.wrong_code"));
    return false;
  };
}

/** A code of the app. */
export function codeField() {
  return field({ name: "code", label: t("account.code"), hint: t("account.code_hint"), autocomplete: "one-time-code", inputmode: "numeric", required: true, width: "short" });
}

/**
 * A code of the app, or a recovery code for who has lost it.
 * @returns {Field & { body: () => object }}
 */
export function factorField() {
  const made = field({ name: "code", label: t("account.factor"), hint: t("account.factor_hint"), autocomplete: "one-time-code", required: true, width: "medium" });
  const typed = () => made.value().replace(/\s/g, "");
  const isCode = () => /^\d{1,6}$/.test(typed());
  const body = () => (isCode() ? { code: typed() } : { recovery_code: typed() });
  return { ...made, pointer: () => (isCode() ? "/code" : "/recovery_code"), body };
}

/** @param {Field} made */
export function digits(made) {
  return made.value().replace(/\s/g, "");
}
