// What stands under the search box: how many files there are, their rows, and the way to the next page; or why there is nothing.

import { post } from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { LastOnly } from "../../core/last_only.js";
import { failure, skeleton } from "../../core/pieces.js";
import { Problem } from "../../core/problem.js";
import { t } from "../../core/text.js";
import { PAGE, query } from "./place.js";
import { clientRows } from "./rows.js";

/** @typedef {import("./place.js").Place} Place */
/** @typedef {{ items: import("../../core/types.js").ClientSummary[], next: string | null }} Page */
/**
 * @typedef {object} Controls
 * @property {HTMLElement} add
 * @property {HTMLFormElement} form
 * @property {HTMLInputElement} search
 * @property {{ value: string } & HTMLElement} sort
 */

/** As long as a fast typist takes from key to key: a word is one question, not one for every letter. */
const PAUSE = 120;

export class ClientList {
  #asking = new LastOnly();
  #status = h("p", { role: "status", class: "soft" });
  #results = h("div", {}, skeleton(9));
  #previous = h("button", { type: "button", onclick: () => this.#turn(this.#place.cursors.slice(0, -1)) }, t("clients.previous"));
  #next = h("button", { type: "button", onclick: () => this.#turn([...this.#place.cursors, this.#after]) }, t("clients.next"));
  #pager = h("nav", { class: "clients-pager", "aria-label": t("clients.pages"), hidden: true }, this.#previous, this.#next);
  #rows = clientRows((id) => (this.#place.opened = id));
  #place;
  #controls;
  /** @type {string | null} */
  #after = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pause;

  /** @param {Place} place @param {Controls} controls */
  constructor(place, controls) {
    this.#place = place;
    this.#controls = controls;
    const { form, search, sort } = controls;
    search.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#restart(), PAUSE);
    });
    sort.addEventListener("change", () => this.#restart());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#restart();
    });
  }

  get elements() {
    return [this.#status, this.#results, this.#pager];
  }

  /** Shows the page where the list was left, and in it the file that was opened, unless somebody is doing something else already. */
  async open() {
    const { opened } = this.#place;
    const begun = () => ![document.body, this.#controls.search].includes(/** @type {any} */ (document.activeElement)) && !document.activeElement?.matches("h1");
    if ((await this.#load()) && opened !== null && !begun()) this.#rows.focus(opened);
  }

  stop() {
    clearTimeout(this.#pause);
    this.#asking.stop();
  }

  #restart() {
    clearTimeout(this.#pause);
    const { search, sort } = this.#controls;
    Object.assign(this.#place, { text: search.value, sort: sort.value, cursors: [null], opened: null });
    return this.#load();
  }

  /** @param {(string | null)[]} cursors */
  async #turn(cursors) {
    Object.assign(this.#place, { cursors, opened: null });
    if (await this.#load()) this.#rows.focus();
  }

  /** Shows the page of the place; answers whether it did. @returns {Promise<boolean>} */
  async #load() {
    this.#results.setAttribute("aria-busy", "true");
    const page = await this.#asking.ask((signal) => ask(this.#place, signal));
    if (page === undefined) return false;
    this.#results.removeAttribute("aria-busy");
    if (page instanceof Problem) this.#fail(page);
    else this.#show(page);
    return !(page instanceof Problem);
  }

  /** @param {Problem} problem */
  #fail(problem) {
    fill(this.#status);
    fill(this.#results, failure(problem, () => this.#again()));
    this.#pager.hidden = true;
  }

  /** The button that was pressed is gone: the focus goes to what came in its place. */
  async #again() {
    await this.#load();
    /** @type {HTMLElement | null} */ (this.#results.querySelector("a, button"))?.focus();
  }

  /** @param {Page} page */
  #show({ items, next }) {
    const { add, form } = this.#controls;
    const found = items.length > 0;
    const noFiles = !found && query(this.#place).text === undefined;
    this.#after = next;
    add.hidden = form.hidden = noFiles;
    fill(this.#status, noFiles ? null : count(this.#place, items.length, next !== null));
    this.#rows.show(items, this.#place.sort);
    if (!found) fill(this.#results, noFiles ? empty() : notFound(() => this.#clear()));
    else if (this.#rows.element.parentNode !== this.#results) fill(this.#results, this.#rows.element);
    this.#previous.hidden = this.#place.cursors.length === 1;
    this.#next.hidden = next === null;
    this.#pager.hidden = this.#previous.hidden && this.#next.hidden;
  }

  #clear() {
    this.#controls.search.value = "";
    this.#controls.search.focus();
    void this.#restart();
  }
}

/**
 * The page of a place; the first one when that page is no more.
 * @param {Place} place
 * @param {AbortSignal} signal
 * @returns {Promise<Page | Problem>}
 */
async function ask(place, signal) {
  const first = place.cursors.length === 1;
  try {
    const { data } = await post("/api/clients/search", query(place), { signal });
    if (first || data.items.length > 0) return data;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (first || error.code !== "invalid_fields") return error;
  }
  place.cursors = [null];
  return ask(place, signal);
}

/** @param {Place} place @param {number} shown @param {boolean} more */
function count({ cursors }, shown, more) {
  const before = (cursors.length - 1) * PAGE;
  if (before === 0 && !more) return shown === 1 ? t("clients.one") : t("clients.many", { count: shown });
  return t(more ? "clients.page" : "clients.last_page", { from: before + 1, to: before + shown });
}

function empty() {
  const add = h("a", { href: "#/clients/new", class: "button primary" }, t("clients.new"));
  return h("div", { class: "empty" }, h("h2", {}, t("clients.empty_title")), h("p", { class: "soft" }, t("clients.empty_body")), add);
}

/** @param {() => void} onClear */
function notFound(onClear) {
  const button = h("button", { type: "button", onclick: onClear }, t("clients.clear"));
  return h("div", { class: "empty" }, h("h2", {}, t("clients.none_title")), h("p", { class: "soft" }, t("clients.none_body")), button);
}
