// The rows of the list. A file that was in sight already keeps its row, so that a search changes no more of the page than its answer does.

import { h } from "../../core/dom.js";
import { date, money } from "../../core/format.js";
import { row, table } from "../../core/pieces.js";
import { t } from "../../core/text.js";

/** @typedef {import("../../core/types.js").ClientSummary} ClientSummary */
/** @typedef {{ element: HTMLTableRowElement, says: string }} Kept */

/**
 * @param {(id: string) => void} onOpen
 */
export function clientRows(onOpen) {
  const columns = [
    { words: t("clients.name") },
    { words: t("clients.birth_date") },
    { words: t("clients.city") },
    { words: t("clients.net_worth"), amount: true },
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
    if (body) arrange(body, [...next.values()].map((kept) => kept.element));
    shown = next;
  }

  /** @param {Kept | undefined} old @param {ClientSummary} item @returns {Kept} */
  function keep(old, item) {
    const says = JSON.stringify(item);
    return old?.says === says ? old : { element: row(columns, cells(item, onOpen)), says };
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

/** @param {ClientSummary} item @param {(id: string) => void} onOpen */
function cells({ id, name, birth_date, city, net_worth_cents, updated_at }, onOpen) {
  const link = h("a", { href: `#/clients/${id}`, onclick: () => onOpen(id) }, name);
  return [link, birth_date && date(birth_date), city, money(net_worth_cents, { whole: true }), date(updated_at)];
}

/** Moves only what is not in its place. @param {HTMLElement} parent @param {HTMLElement[]} wanted */
function arrange(parent, wanted) {
  const staying = new Set(wanted);
  for (const child of [...parent.children]) if (!staying.has(/** @type {HTMLElement} */ (child))) child.remove();
  for (const [index, child] of wanted.entries()) {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  }
}
