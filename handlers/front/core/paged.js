// A list whose next page is there for the asking.

import { get, sentence } from "./api.js";
import { fill, h } from "./show.js";
import { loading, say } from "./pieces.js";
/** @import { ListPage } from "./types.js" */

const PAGE = 25;

/**
 * A list whose next page is there for the asking.
 * @param {object} parts
 * @param {string} parts.path
 * @param {(items: any[]) => HTMLElement} parts.listed a table of them
 * @param {string} parts.none what an empty one says
 * @param {string} parts.more words of the button
 */
export function pages({ path, listed, none, more }) {
  /** What the server answers may be short without being the last: a page is filled before it is shown. @param {string | null} next @returns {Promise<ListPage>} */
  const load = async (next) => {
    const items = [];
    do {
      const after = next === null ? "" : `&cursor=${encodeURIComponent(next)}`;
      const { data } = await get(`${path}?limit=${PAGE - items.length}${after}`);
      items.push(...data.items);
      next = data.next;
    } while (next !== null && items.length < PAGE);
    return { items, next };
  };
  return loading(
    () => load(null),
    (page) => (page.items.length === 0 ? h("p", { class: "hint" }, none) : grown(page, { load, listed, more })),
  ).element;
}

/** @param {ListPage} first @param {{ load: (cursor: string) => Promise<ListPage>, listed: (items: any[]) => HTMLElement, more: string }} list */
function grown(first, { load, listed, more: words }) {
  let { items, next } = first;
  const place = h("div", { class: "steps" });
  const button = h("button", { type: "button", onclick: () => void more() }, words);
  const draw = () => fill(place, listed(items), next !== null && h("div", { class: "actions" }, button));
  const more = async () => {
    if (next === null || button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      const page = await load(next);
      const start = items.length;
      items = [...items, ...page.items];
      next = page.next;
      draw();
      goTo(place, start);
    } catch (error) {
      say(sentence(error));
    }
    button.removeAttribute("aria-busy");
  };
  draw();
  return place;
}

/** The first row that was added. @param {HTMLElement} place @param {number} index */
function goTo(place, index) {
  const heading = /** @type {HTMLElement | undefined} */ (place.querySelectorAll("tbody th")[index]);
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}
