// The client files of an adviser: searched while typing, sorted, and a page at a time.

import { LastOnly, post, Problem } from "../../core/api.js";
import { date, fill, h, money } from "../../core/show.js";
import { field } from "../../core/form.js";
import { badge, failure, handClicks, row, skeleton, table } from "../../core/pieces.js";
import { wipedWithPerson } from "../../core/session.js";
import { t } from "../../core/words.js";
/** @import { ClientSummary, Screen } from "../../core/types.js" */
/** @import { Controls, Kept, Page, Place } from "./types.js" */

/** @returns {Screen} */
export function clients() {
  const place = resume();
  const add = h("a", { href: "#/clients/new", class: "button primary" }, t("file.new_title"));
  const tools = toolbar(place);
  const list = new ClientList(place, { add, ...tools });
  const head = h("div", { class: "page-head" }, h("h1", {}, t("clients.title")), add);
  const element = h("section", {}, head, h("div", { class: "card clients-card" }, tools.form, ...list.elements));
  void list.open();
  return { title: t("clients.title"), element, leave: () => list.stop() };
}

/** @param {Place} place */
function toolbar(place) {
  const search = field({ type: "search", name: "search", label: t("clients.search"), value: place.text });
  const orders = /** @type {[string, string][]} */ ([
    ["name", t("file.label.last_name")],
    ["updated_at", t("clients.by_updated_at")],
  ]);
  const sort = field({ type: "select", name: "sort", label: t("clients.sort"), value: place.sort, options: orders });
  const input = /** @type {HTMLInputElement} */ (search.input);
  input.maxLength = 100;
  // A finger would get the keyboard of the phone in front of the list.
  if (matchMedia("(pointer: fine)").matches) input.dataset.first = "";
  return { search: input, sort: sort.input, form: h("section", { class: "clients-tools", role: "search" }, search.element, sort.element) };
}

/** As long as a fast typist takes from key to key: a word is one question, not one for every letter. */
const PAUSE = 120;

class ClientList {
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
    const { search, sort } = controls;
    search.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => this.#restart(), PAUSE);
    });
    sort.addEventListener("change", () => this.#restart());
    // A form would need a button that nobody needs.
    search.addEventListener("keydown", (event) => event.key === "Enter" && void this.#restart());
    search.addEventListener("change", () => search.value !== this.#place.text && void this.#restart());
  }

  get elements() {
    return [this.#status, this.#results, this.#pager];
  }

  /** Shows the page where the list was left, and in it the file that was opened, unless somebody is doing something else already. */
  async open() {
    const { opened, text } = this.#place;
    const begun = () =>
      this.#controls.search.value !== text ||
      (![document.body, this.#controls.search].includes(/** @type {any} */ (document.activeElement)) &&
        !document.activeElement?.matches("h1"));
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
    fill(
      this.#results,
      failure(problem, () => this.#again()),
    );
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
    const hadFocus = form.contains(document.activeElement);
    add.hidden = form.hidden = noFiles;
    fill(this.#status, noFiles ? null : count(this.#place, items.length, next !== null));
    this.#rows.show(items, this.#place.sort);
    if (!found) fill(this.#results, noFiles ? empty() : notFound(() => this.#clear()));
    else if (this.#rows.element.parentNode !== this.#results) fill(this.#results, this.#rows.element);
    this.#previous.hidden = this.#place.cursors.length === 1;
    this.#next.hidden = next === null;
    this.#pager.hidden = this.#previous.hidden && this.#next.hidden;
    if (noFiles && hadFocus) /** @type {HTMLElement | null} */ (this.#results.querySelector("a"))?.focus();
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
  if (before === 0 && !more) return t("clients.count", { count: shown });
  return t(more ? "clients.page" : "clients.last_page", { from: before + 1, to: before + shown });
}

function empty() {
  const add = h("a", { href: "#/clients/new", class: "button primary" }, t("file.new_title"));
  return h("div", { class: "empty" }, h("h2", {}, t("clients.empty_title")), h("p", { class: "soft" }, t("clients.empty_body")), add);
}

/** @param {() => void} onClear */
function notFound(onClear) {
  const button = h("button", { type: "button", onclick: onClear }, t("clients.clear"));
  return h("div", { class: "empty" }, h("h2", {}, t("clients.none_title")), h("p", { class: "soft" }, t("clients.none_body")), button);
}

/** @returns {Place} */
const start = () => ({ text: "", sort: "name", cursors: [null], opened: null });

const PAGE = 50;
let place = start();

wipedWithPerson(() => (place = start()));

/** Where the list was left. */
function resume() {
  return place;
}

/** The question to the server; what it takes for a blank text is none. @param {Place} of */
function query({ text, sort, cursors }) {
  // A tab that was pasted along is a blank, too.
  const words = text.replace(/\p{Cc}/gu, " ").trim();
  const cursor = cursors.at(-1);
  return { sort, limit: PAGE, ...(words && { text: words }), ...(cursor && { cursor }) };
}

/** @param {(id: string) => void} onOpen */
function clientRows(onOpen) {
  const columns = [
    { words: t("app.name") },
    { words: t("clients.birth_date") },
    { words: t("clients.city") },
    { words: t("file.total.worth"), amount: true },
    { words: t("clients.updated_at"), amount: true },
  ];
  const element = table({ caption: t("clients.title"), columns, rows: [] });
  element.classList.add("clients");
  const [body] = element.tBodies;
  const [name, , , , changed] = element.querySelectorAll("thead th");
  /** @type {Map<string, Kept>} */
  let shown = new Map();

  /** @param {ClientSummary[]} items @param {string} sort */
  function show(items, sort) {
    name?.setAttribute("aria-sort", sort === "name" ? "ascending" : "none");
    changed?.setAttribute("aria-sort", sort === "updated_at" ? "descending" : "none");
    const next = new Map(items.map((item) => [item.id, keep(shown.get(item.id), item)]));
    if (body)
      arrange(
        body,
        [...next.values()].map((kept) => kept.element),
      );
    shown = next;
  }

  /** @param {Kept | undefined} old @param {ClientSummary} item @returns {Kept} */
  function keep(old, item) {
    const says = JSON.stringify(item);
    if (old?.says === says) return old;
    const link = h("a", { href: `#/clients/${item.id}`, onclick: () => onOpen(item.id) }, item.name);
    const element = row(columns, cells(item, link));
    handClicks(element, link);
    return { element, says };
  }

  /** @param {string} [id] of the file, or else the first one */
  function focus(id) {
    const kept = id === undefined ? [...shown.values()][0] : shown.get(id);
    const link = kept?.element.querySelector("a");
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "center" });
  }

  return { element, show, focus };
}

/** @param {ClientSummary} item @param {HTMLAnchorElement} link */
function cells({ birth_date, city, net_worth_cents, updated_at, restricted }, link) {
  return [
    restricted ? h("span", {}, link, " ", badge(t("clients.restricted"), "warn")) : link,
    birth_date && date(birth_date),
    city,
    money(net_worth_cents, { whole: true }),
    date(updated_at),
  ];
}

/** Moves only what is not in its place. @param {HTMLElement} parent @param {HTMLElement[]} wanted */
function arrange(parent, wanted) {
  const staying = new Set(wanted);
  for (const child of [...parent.children]) if (!staying.has(/** @type {HTMLElement} */ (child))) child.remove();
  for (const [index, child] of wanted.entries()) {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  }
}
