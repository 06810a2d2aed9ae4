// Steps that are shown in one place, one after the other.

import { fill, h } from "../../core/dom.js";
import { t } from "../../core/text.js";

/** @typedef {import("../../core/dom.js").Child} Child */
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
