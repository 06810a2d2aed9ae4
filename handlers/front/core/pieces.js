// Small things that several screens show, what is said in passing, and questions that stand in the way until they are answered.

import { sentence } from "./api.js";
import { fill, freshId, h, t } from "./show.js";
import { field } from "./form.js";
/** @import { Child, Column } from "./types.js" */

/**
 * A place that says it is loading, then shows what came, or what went wrong with a way to try again.
 * @template T
 * @param {() => Promise<T>} load
 * @param {(loaded: T) => Child | Child[]} show
 * @param {number} [lines] of the skeleton
 * @returns {{ element: HTMLElement, reload: () => Promise<void> }}
 */
export function loading(load, show, lines = 6) {
  const element = h("div", { class: "loaded", "aria-busy": "true" });
  let turn = 0;
  const reload = async () => {
    turn += 1;
    const mine = turn;
    if (element.childElementCount === 0) fill(element, skeleton(lines));
    element.setAttribute("aria-busy", "true");
    let content;
    try {
      content = show(await load());
    } catch (error) {
      content = failure(error, reload);
    }
    if (mine !== turn) return;
    element.setAttribute("aria-busy", "false");
    fill(element, ...(Array.isArray(content) ? content : [content]));
  };
  void reload();
  return { element, reload };
}

/** @param {number} lines */
export function skeleton(lines) {
  const bars = Array.from({ length: lines }, () => h("span", {}));
  return h("div", { class: "skeleton" }, h("p", { class: "visually-hidden" }, t("app.loading")), ...bars);
}

/** What went wrong, with a way to try again. @param {unknown} error @param {() => unknown} again */
export function failure(error, again) {
  const button = h("button", { type: "button", onclick: () => void again() }, t("app.try_again"));
  return h("div", { class: "notice bad fields", role: "alert" }, h("p", {}, sentence(error)), h("p", {}, button));
}

/** @param {string} words @param {"" | "bad" | "warn" | "plain"} [kind] */
export function badge(words, kind = "") {
  return h("span", { class: `badge ${kind}` }, words);
}

/**
 * A table whose rows become blocks on a phone.
 * @param {object} parts
 * @param {string} parts.caption read out; shown only when `title` says so
 * @param {boolean} [parts.title]
 * @param {Column[]} parts.columns the first is the row's heading
 * @param {Child[][]} parts.rows
 */
export function table({ caption, title = false, columns, rows }) {
  const head = columns.map(({ words, amount }) => h("th", { scope: "col", role: "columnheader", class: amount ? "amount" : null }, words));
  const heads = h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...head));
  // Named roles: blocks on a phone would not count as a table for every screen reader.
  return h("table", { class: "stack", role: "table" }, h("caption", { class: title ? null : "visually-hidden" }, caption), heads, h("tbody", { role: "rowgroup" }, ...rows.map((cells) => row(columns, cells))));
}

/** One row of such a table. @param {Column[]} columns @param {Child[]} cells */
export function row(columns, cells) {
  return h("tr", { role: "row" }, ...cells.map((cell, index) => column(columns[index], cell, index === 0)));
}

/** @param {Column | undefined} described @param {Child} cell @param {boolean} first */
function column(described, cell, first) {
  if (first) return h("th", { scope: "row", role: "rowheader" }, cell);
  return h("td", { role: "cell", class: described?.amount ? "amount" : null, "data-label": described?.words }, cell);
}

/** Saves something that the page has made or been given. @param {Blob} blob @param {string} name of the file */
export function keep(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

const WHILE = 8_000;

/** The place of it; it has to be in the page before anything is said, or nothing is read out. */
export const aloud = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/** @param {string} words @param {{ stays?: boolean }} [options] `stays`: until the page goes */
export function say(words, { stays = false } = {}) {
  const toast = h("p", { class: "toast" }, words);
  aloud.append(toast);
  if (!stays) setTimeout(() => toast.remove(), WHILE);
}

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

/** Takes one question back; its answer is `gone`. @param {HTMLDialogElement} element */
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
