// Small things that several screens show, and what is said in passing.

import { Problem, sentence } from "./api.js";
import { follow, thisVisit } from "./dialog.js";
import { fill, h } from "./show.js";
import { t } from "./words.js";
/** @import { Child, Column, Guarded, Onward, Saving } from "./types.js" */

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

/**
 * What a screen says of its boxes, which may come later than the screen.
 * @returns {{ watch: (made: Guarded) => HTMLElement, isDirty: () => boolean, saving: () => Saving | null }}
 */
export function guard() {
  /** @type {Guarded | null} */
  let watched = null;
  const watch = (/** @type {Guarded} */ made) => (watched = made).element;
  return { watch, isDirty: () => watched?.isDirty?.() ?? false, saving: () => watched?.saving?.() ?? null };
}

/** @param {number} lines */
export function skeleton(lines) {
  const bars = Array.from({ length: lines }, () => h("span", {}));
  return h("div", { class: "skeleton" }, h("p", { class: "visually-hidden" }, t("app.loading")), ...bars);
}

/** What may go better another time. */
const PASSING = ["offline", "part_missing", "unavailable", "internal", "overloaded", "too_many_attempts", "request_timeout"];

/** Whether trying again may help. @param {unknown} error */
export function mayPass(error) {
  return error instanceof Problem && PASSING.includes(error.code);
}

/** What went wrong, with a way to try again where that may help. @param {unknown} error @param {() => unknown} again */
export function failure(error, again) {
  const way = mayPass(error)
    ? h("button", { type: "button", onclick: () => void again() }, t("app.try_again"))
    : h("a", { href: "#/" }, t("app.to_start"));
  return h("div", { class: "notice bad fields", role: "alert" }, h("p", {}, sentence(error)), h("p", {}, way));
}

/**
 * A button that does one thing at a time: pressed while it works, it does nothing more. Where it leads, it leads from the screen that it stands on.
 * @param {string} words @param {() => Promise<Onward | void>} act @param {string} [kind]
 */
export function busyButton(words, act, kind = "") {
  const button = h("button", { type: "button", class: kind || null, onclick: () => void press() }, words);
  async function press() {
    if (button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    const isHere = thisVisit();
    try {
      follow(await act(), isHere);
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
  return button;
}

/** @param {string} words @param {"" | "bad" | "warn" | "plain"} [kind] */
export function badge(words, kind = "") {
  return h("span", { class: `badge ${kind}` }, words);
}

/** @param {{ label: string, value: Child | Child[], action?: Child }[]} described */
export function rows(described) {
  const row = (/** @type {{ label: string, value: Child | Child[], action?: Child }} */ { label, value, action }) =>
    h(
      "div",
      {},
      h("dt", {}, label),
      h("dd", { translate: "no" }, ...(Array.isArray(value) ? value : [value])),
      action && h("dd", {}, action),
    );
  return h("dl", { class: "card rows" }, ...described.map(row));
}

/** @param {...Child} content */
export function card(...content) {
  return h("div", { class: "card" }, ...content);
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
  return h(
    "table",
    { class: "stack", role: "table" },
    h("caption", { class: title ? null : "visually-hidden" }, caption),
    heads,
    h("tbody", { role: "rowgroup", translate: "no" }, ...rows.map((cells) => row(columns, cells))),
  );
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

/** Lets a click anywhere in a row count for its link, with its keys; text can still be selected. @param {HTMLElement} element @param {HTMLAnchorElement} link */
export function handClicks(element, link) {
  const isOwn = (/** @type {MouseEvent} */ { target }) =>
    !(target instanceof Element && target.closest("a, button, input, select, textarea, label, summary"));
  element.addEventListener("mousedown", (event) => event.button === 1 && isOwn(event) && event.preventDefault());
  for (const kind of /** @type {const} */ (["click", "auxclick"])) {
    element.addEventListener(kind, (event) => {
      if (event.button > 1 || !isOwn(event) || !getSelection()?.isCollapsed) return;
      if (event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey) open(link.href, "_blank", "noopener");
      else link.click();
    });
  }
}

/** Saves something that the page has made or been given. @param {Blob} blob @param {string} name of the file */
export function keep(blob, name) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}

const WHILE = 8_000;
const LOOK = 250;

/** The place of it; it has to be in the page before anything is said, or nothing is read out. */
export const aloud = h("div", { class: "toasts", translate: "no", role: "status", "aria-live": "polite" });

/** Where it may stand; the last one pushes the screen down. */
const SPOTS = ["bottom", "start", "end", "top", "flow"];
/** @type {ReturnType<typeof setInterval> | undefined} */
let looking;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let over;

/** One thing at a time. @param {string} words @param {{ stays?: boolean }} [options] `stays`: until the page goes */
export function say(words, { stays = false } = {}) {
  hush();
  fill(aloud, h("p", { class: "toast" }, words));
  settle();
  looking = setInterval(settle, LOOK);
  if (!stays) over = setTimeout(hush, WHILE);
}

/** Takes back what was said. */
export function hush() {
  clearInterval(looking);
  clearTimeout(over);
  fill(aloud);
}

/** Moves it to where it lies over nothing that can be pressed or typed in. */
function settle() {
  const toast = aloud.firstElementChild;
  if (toast === null) return clearInterval(looking);
  const things = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")].map((thing) =>
    thing.getBoundingClientRect(),
  );
  const isFree = () => {
    const { left, right, top, bottom } = toast.getBoundingClientRect();
    return things.every(
      (thing) => thing.width === 0 || thing.right <= left || thing.left >= right || thing.bottom <= top || thing.top >= bottom,
    );
  };
  const first = aloud.dataset["at"];
  if (first !== undefined && first !== "flow" && isFree()) return;
  for (const spot of SPOTS) {
    aloud.dataset["at"] = spot;
    if (spot === "flow" || isFree()) return;
  }
}
