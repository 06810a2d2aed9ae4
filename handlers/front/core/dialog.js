// Questions that stand in the way until they are answered. Each belongs to one visit to one screen: it goes when somebody goes elsewhere, and what
// it would have done is not done.

import { fill, freshId, h } from "./show.js";
import { field } from "./form.js";
import { t } from "./words.js";
/** @import { Child, DialogName, Onward } from "./types.js" */

/** Every dialog there is: the stories open each one and go elsewhere in every way. */
export const DIALOGS = /** @type {const} */ ([
  "leave",
  "sign_out_elsewhere",
  "expiring",
  "file_conflict",
  "file_gone",
  "file_delete",
  "file_delete_changed",
  "import_discard",
  "account_disable",
  "account_enable",
  "account_confirm",
  "account_take_back",
  "breach_step",
  "letter_send",
  "processor_publish",
  "processor_end",
  "request_step",
  "file_erase",
  "hand_over_approve",
  "hand_over_withdraw",
  "hand_over_stop",
  "received_stop",
  "firm_confirm",
]);

/** What each open one does with its answer. @type {Map<HTMLDialogElement, (value: string) => void>} */
const open = new Map();
let visit = 0;

/** The visit to the screen of now: answers later whether it still lasts. @returns {() => boolean} */
export function thisVisit() {
  const mine = visit;
  return () => visit === mine;
}

/** Of the visit in which something was sent whose answer is still to come. */
let underWay = () => false;

/** Something goes to the server in a visit. @param {() => boolean} isHere */
export function sent(isHere) {
  underWay = isHere;
}

/** Its answer is there. @param {() => boolean} isHere */
export function arrived(isHere) {
  if (underWay === isHere) underWay = () => false;
}

/** Whether the answer to what the screen has sent is still to come: nobody knows yet whether it is saved. */
export function isUnderWay() {
  return underWay();
}

/** Goes where an answer leads, unless the user went elsewhere meanwhile. @param {Onward | void} onward @param {() => boolean} isHere */
export function follow(onward, isHere) {
  if (isHere()) onward?.();
  return true;
}

/** Another screen is shown from here on. */
export function endVisit() {
  visit += 1;
  withdrawAll();
}

/**
 * Shows something modal and answers what closed it: the value of the button that was pressed, "" for Escape, or "gone" when it was taken away.
 * @param {object} parts
 * @param {DialogName} parts.name
 * @param {string} parts.title names whom it is about
 * @param {Child[]} parts.content
 * @param {Child[]} parts.actions buttons with a `value`; of type submit, or they do nothing
 * @param {string} [parts.size] `wide` for tables
 * @param {boolean} [parts.calm] comes by itself: no button gets what was being typed
 * @param {() => boolean} [parts.isHere] of the visit that it belongs to; once that is over nothing is shown
 * @returns {{ element: HTMLDialogElement, answer: Promise<string> }}
 */
export function modal({ name, title, content, actions, size, calm = false, isHere = thisVisit() }) {
  const heading = freshId("dialog");
  // Names and what was typed stand in questions, and a word to be typed: none of it is for a translator.
  const form = h(
    "form",
    { method: "dialog" },
    h("h2", { id: heading, tabindex: calm ? "-1" : null, autofocus: calm }, title),
    ...content,
    h("div", { class: "actions" }, ...actions),
  );
  const element = h("dialog", { class: size ?? null, "aria-labelledby": heading, "data-dialog": name, translate: "no" }, form);
  if (!isHere()) return { element, answer: Promise.resolve("gone") };
  document.body.append(element);
  const answer = new Promise((/** @type {(value: string) => void} */ resolve) => open.set(element, resolve));
  element.addEventListener("close", () => element.dataset.aside || settle(element, element.returnValue));
  element.showModal();
  return { element, answer: answer.then((value) => (isHere() ? value : "gone")) };
}

/** @param {HTMLDialogElement} element @param {string} value */
function settle(element, value) {
  const resolve = open.get(element);
  open.delete(element);
  element.remove();
  resolve?.(value);
}

/**
 * Asks yes or no. Where yes does harm, no has the focus.
 * @param {object} parts
 * @param {DialogName} parts.name
 * @param {string} parts.title names whom it is about
 * @param {string} parts.body
 * @param {string} parts.confirm what the button says that does it
 * @param {string} [parts.cancel]
 * @param {boolean} [parts.danger]
 * @param {string} [parts.typed] a word that has to be typed first
 * @param {() => boolean} [parts.isHere]
 */
export async function ask({ name, title, body, confirm, cancel, danger = false, typed, isHere }) {
  const yes = h("button", { type: "submit", class: danger ? "danger" : "primary", value: "yes" }, confirm);
  const no = h(
    "button",
    { type: "submit", value: "", formnovalidate: true, autofocus: danger && typed === undefined },
    cancel ?? t("app.cancel"),
  );
  const content = [h("p", {}, body), typed === undefined ? null : toType(typed, yes)];
  return (await modal({ name, title, content, actions: [yes, no], isHere }).answer) === "yes";
}

/** A box for a word without which the button does nothing. @param {string} typed @param {HTMLButtonElement} yes */
function toType(typed, yes) {
  const word = field({ label: t("app.type_to_confirm", { word: typed }), name: "confirmation", autocomplete: "off" });
  yes.addEventListener("click", (event) => {
    if (word.value().trim().toLowerCase() === typed.toLowerCase()) return;
    event.preventDefault();
    word.fail(t("app.type_exactly", { word: typed }));
    word.input.focus();
  });
  return word.element;
}

/** Takes every question out of sight, for as long as nobody is signed in. */
export function setAside() {
  for (const element of open.keys()) {
    element.dataset.aside = "yes";
    element.close();
  }
}

/** Puts the questions back. */
export function bringBack() {
  for (const element of open.keys()) {
    element.showModal();
    delete element.dataset.aside;
  }
}

/** Takes one question back. @param {HTMLDialogElement} element */
export function withdraw(element) {
  if (element.open) element.close();
  settle(element, "gone");
}

/** Takes every question back. */
export function withdrawAll() {
  for (const element of [...open.keys()]) withdraw(element);
}

/** Drops every question unanswered, with what it says. */
export function dropAll() {
  visit += 1;
  for (const element of open.keys()) {
    element.remove();
    fill(element);
  }
  open.clear();
}
