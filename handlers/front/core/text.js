// The words on the screen, in the language of whoever looks at it.

import { nl } from "../text.nl.js";
import { en } from "../text.en.js";

/** @typedef {"nl" | "en"} Language */

const texts = { nl, en };

/** @type {Language} */
let current = "nl";

/** The language of the words. */
export function language() {
  return current;
}

/** @param {Language} chosen */
export function setLanguage(chosen) {
  current = chosen;
  document.documentElement.lang = chosen;
}

/**
 * The words under a key, with `{name}` replaced by its value.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = find(key);
  if (text === null) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Whether there are words under a key: a newer server may send codes that this page has not heard of.
 * @param {string} key
 */
export function knows(key) {
  return find(key) !== null;
}

/** @param {string} key */
function find(key) {
  /** @type {any} */
  let node = texts[current];
  for (const part of key.split(".")) node = node !== null && typeof node === "object" && Object.hasOwn(node, part) ? node[part] : null;
  return typeof node === "string" ? node : null;
}
