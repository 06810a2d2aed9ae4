// Password boxes: can be pasted into, filled by a password manager and looked at.

import { fill, freshId, h } from "./dom.js";
import { field } from "./field.js";
import { strength } from "./strength.js";
import { t } from "./text.js";

/** @typedef {import("./field.js").Field} Field */

/**
 * The password as it is.
 * @param {{ name: string, label: string, hint?: string }} parts
 * @returns {Field}
 */
export function passwordField({ name, label, hint }) {
  return revealable(field({ name, label, hint, type: "password", autocomplete: "current-password", required: true }));
}

/**
 * A password to be, with a meter that follows what is typed. The server has the last word.
 * @param {{ name: string, label: string }} parts
 * @returns {Field}
 */
export function newPasswordField({ name, label }) {
  const made = revealable(field({ name, label, hint: t("password.hint"), type: "password", autocomplete: "new-password", required: true }));
  const id = freshId("strength");
  const bar = h("meter", { min: 0, max: 4, low: 2, high: 3, optimum: 4, "aria-labelledby": id });
  const words = h("p", { class: "hint", id, "aria-live": "polite" }, t("password.strength", { level: "" }));
  made.input.addEventListener("input", () => {
    const level = strength(made.value());
    bar.value = level;
    bar.dataset.level = String(level);
    fill(words, t("password.strength", { level: made.value() === "" ? "" : t(`password.level_${level}`) }));
  });
  made.element.append(h("div", { class: "strength" }, bar, words));
  return made;
}

/** @param {Field} made */
function revealable(made) {
  const input = /** @type {HTMLInputElement} */ (made.input);
  const button = h("button", { type: "button", class: "quiet", "aria-pressed": "false", "aria-label": t("password.show_label") }, t("password.show"));
  button.addEventListener("click", () => {
    const shows = input.type === "password";
    input.type = shows ? "text" : "password";
    button.setAttribute("aria-pressed", String(shows));
    fill(button, shows ? t("password.hide") : t("password.show"));
  });
  const row = h("div", { class: "reveal" });
  input.replaceWith(row);
  row.append(input, button);
  return made;
}
