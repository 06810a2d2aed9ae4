// What is said in passing: shown for a while, and read out by screen readers.

import { h } from "./dom.js";

const WHILE = 8_000;

/** The place of it; it has to be in the page before anything is said, or nothing is read out. */
export const aloud = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

/**
 * @param {string} words
 * @param {{ stays?: boolean }} [options] `stays`: until the page goes
 */
export function say(words, { stays = false } = {}) {
  const toast = h("p", { class: "toast" }, words);
  aloud.append(toast);
  if (!stays) setTimeout(() => toast.remove(), WHILE);
}
