// Text that comes into a box otherwise than by typing, so that Ctrl+Z takes it out again.

import { inOneLine, seen } from "./values.js";

/**
 * What nobody sees is not pasted along; the browser can still undo it. Between two cells of a table a tab stays, where the browser would make a
 * blank of the end of a line, or nothing: two values are not one.
 * @param {Event} event @param {boolean} isFormed
 */
export function tidy(event, isFormed) {
  const { clipboardData = null, dataTransfer = null } =
    /** @type {{ clipboardData?: DataTransfer | null, dataTransfer?: DataTransfer | null }} */ (event);
  const pasted = (clipboardData ?? dataTransfer)?.getData("text/plain") ?? "";
  const input = /** @type {HTMLInputElement} */ (event.target);
  const kept = isFormed ? inOneLine(seen(pasted)) : seen(pasted);
  if (kept === pasted || input.type === "password") return;
  event.preventDefault();
  if (dataTransfer !== null) input.focus();
  // Old, but the one way to put text in a box that Ctrl+Z takes out again.
  if (!document.execCommand("insertText", false, kept)) input.setRangeText(kept, input.selectionStart ?? 0, input.selectionEnd ?? 0, "end");
}

/**
 * Puts text in a box. In the one that has the focus Ctrl+Z takes it out again.
 * @param {HTMLInputElement | HTMLTextAreaElement} input
 * @param {string} words
 */
export function retype(input, words) {
  if (document.activeElement === input) {
    input.select();
    if (document.execCommand("insertText", false, words)) return;
  }
  input.value = words;
}
