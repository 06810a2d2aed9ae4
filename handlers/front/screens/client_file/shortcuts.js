// The keys that work anywhere in a client file.

import { h } from "../../core/dom.js";
import { t } from "../../core/text.js";

/** Keys and what they do; adding a row is for the list that has the focus (`rows.js`). */
const TABLE = [
  ["Ctrl+S", "file.keys.save"],
  ["Ctrl+Enter", "file.keys.add"],
];

/**
 * Listens while the screen is shown; a question that stands in the way comes first.
 * @param {HTMLElement} screen
 * @param {() => void} save
 */
export function shortcuts(screen, save) {
  const listen = (/** @type {KeyboardEvent} */ event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s" || !screen.isConnected) return;
    event.preventDefault();
    if (document.querySelector("dialog[open]") === null) save();
  };
  document.addEventListener("keydown", listen);
  return { leave: () => document.removeEventListener("keydown", listen) };
}

/** What there is to press. */
export function shortcutTable() {
  const pairs = TABLE.flatMap(([keys = "", words = ""]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, t(words))]);
  return h("details", { class: "keys" }, h("summary", {}, t("file.keys.title")), h("dl", {}, ...pairs));
}
