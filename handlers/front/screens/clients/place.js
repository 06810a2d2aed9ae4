// Where an adviser is in the list. It outlives a visit to a file, in memory only, and goes with the person.

import { wipedWithPerson } from "../../core/session.js";

/**
 * @typedef {object} Place
 * @property {string} text what is searched for, as typed
 * @property {string} sort
 * @property {(string | null)[]} cursors of the pages up to the one that is shown
 * @property {string | null} opened the file that was opened last
 */

/** @returns {Place} */
const start = () => ({ text: "", sort: "name", cursors: [null], opened: null });

export const PAGE = 50;
let place = start();

wipedWithPerson(() => (place = start()));

/** Where the list was left. */
export function resume() {
  return place;
}

/** The question to the server; what it takes for a blank text is none. @param {Place} of */
export function query({ text, sort, cursors }) {
  // A tab that was pasted along is a blank, too.
  const words = text.replace(/\p{Cc}/gu, " ").trim();
  const cursor = cursors.at(-1);
  return { sort, limit: PAGE, ...(words && { text: words }), ...(cursor && { cursor }) };
}
