// Beside the form: a way to each section, and the figures that everything comes down to.

import { h } from "../../core/dom.js";
import { t } from "../../core/text.js";
import { sections } from "./schema.js";
import { shortcutTable } from "./shortcuts.js";

/**
 * @param {HTMLElement} sheet where the sections stand
 * @param {HTMLElement} sums
 */
export function navigation(sheet, sums) {
  const buttons = sections.map(({ name }) => h("button", { type: "button", onclick: () => jump(sheet, name) }, t(`file.section.${name}`)));
  const list = h("ul", {}, ...buttons.map((button) => h("li", {}, button)));
  const nav = h("nav", { class: "parts", "aria-label": t("file.parts") }, list);
  return h("aside", { class: "beside" }, nav, sums, shortcutTable());
}

/** Moves the focus, so that the next Tab goes on from there. @param {HTMLElement} sheet @param {string} name */
function jump(sheet, name) {
  const heading = /** @type {HTMLElement | null} */ (sheet.querySelector(`#file-${name}`));
  heading?.closest("section")?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}
