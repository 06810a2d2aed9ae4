// Questions that stand in the way until they are answered. The browser's own <dialog> keeps the focus inside and Escape working.

import { fill, freshId, h } from "./dom.js";
import { field } from "./field.js";
import { t } from "./text.js";

/** @typedef {import("./dom.js").Child} Child */

/** @type {Set<HTMLDialogElement>} */
const open = new Set();

/**
 * Shows something modal and answers what closed it: the value of the button that was pressed, or "" for Escape.
 * @param {object} parts
 * @param {string} parts.title
 * @param {Child[]} parts.content
 * @param {Child[]} parts.actions buttons with a `value`; of type submit, or they do nothing
 * @param {string} [parts.size] `wide` for tables
 * @returns {{ element: HTMLDialogElement, answer: Promise<string> }}
 */
export function modal({ title, content, actions, size }) {
  const heading = freshId("dialog");
  const form = h("form", { method: "dialog" }, h("h2", { id: heading }, title), ...content, h("div", { class: "actions" }, ...actions));
  const element = h("dialog", { class: size ?? null, "aria-labelledby": heading }, form);
  document.body.append(element);
  open.add(element);
  const answer = new Promise((/** @type {(value: string) => void} */ resolve) => {
    element.addEventListener("close", () => {
      if (element.dataset.aside) return;
      open.delete(element);
      element.remove();
      resolve(element.returnValue);
    });
  });
  element.showModal();
  return { element, answer };
}

/**
 * Asks yes or no.
 * @param {object} parts
 * @param {string} parts.title
 * @param {string} parts.body
 * @param {string} parts.confirm what the button says that does it
 * @param {string} [parts.cancel]
 * @param {boolean} [parts.danger]
 * @param {string} [parts.typed] a word that has to be typed first
 */
export async function ask({ title, body, confirm, cancel, danger = false, typed }) {
  const yes = h("button", { type: "submit", class: danger ? "danger" : "primary", value: "yes" }, confirm);
  const content = [h("p", {}, body)];
  if (typed !== undefined) {
    const word = field({ label: t("app.type_to_confirm", { word: typed }), name: "confirmation", autocomplete: "off" });
    yes.addEventListener("click", (event) => {
      if (word.value().trim().toLowerCase() === typed.toLowerCase()) return;
      event.preventDefault();
      word.fail(t("app.type_exactly", { word: typed }));
      word.input.focus();
    });
    content.push(/** @type {any} */ (word.element));
  }
  const no = h("button", { type: "submit", value: "", formnovalidate: true }, cancel ?? t("app.cancel"));
  return (await modal({ title, content, actions: [yes, no] }).answer) === "yes";
}

/** Takes every question out of sight, for as long as nobody is signed in. */
export function setAside() {
  for (const element of open) {
    element.dataset.aside = "yes";
    element.close();
  }
}

/** Puts the questions back. */
export function bringBack() {
  for (const element of open) {
    element.showModal();
    delete element.dataset.aside;
  }
}

/**
 * Takes one question back; its answer is `gone`.
 * @param {HTMLDialogElement} element
 */
export function withdraw(element) {
  open.delete(element);
  delete element.dataset.aside;
  element.close("gone");
  element.remove();
}

/** Drops every question unanswered, with what it says. */
export function dropAll() {
  for (const element of open) {
    element.remove();
    fill(element);
  }
  open.clear();
}
