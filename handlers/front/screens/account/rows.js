// What is set, row by row, each with the one way to change it.

import { h } from "../../core/dom.js";

/** @typedef {import("../../core/dom.js").Child} Child */

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
