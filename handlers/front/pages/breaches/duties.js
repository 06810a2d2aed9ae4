// What the firm has to do about a breach: which clock runs, and who has to be informed. The server decides it (`domain/organisation/duties.rs`); here
// it is said, before a step too.

/** @import { Adviser, Breach } from "./types.js" */

/** What others may be the controllers of. */
const FILES = "client_files";
/** Stages of what is a breach and not closed. */
const OPEN = ["aware", "assessed", "decided", "informed"];

/** Whether the firm itself has 72 hours to notify the authority. @param {string | null | undefined} role @param {string[]} concerns everything when empty */
export function notifies(role, concerns) {
  return role !== "processor" || concerns.length === 0 || concerns.some((concern) => concern !== FILES);
}

/** Whether others are the controllers of affected files. @param {string | null | undefined} role @param {string[]} concerns everything when empty */
export function informs(role, concerns) {
  return role === "processor" && (concerns.length === 0 || concerns.includes(FILES));
}

/** Which clock runs: `authority`, `both` or `advisers`. @param {string | null | undefined} role @param {string[]} concerns everything when empty */
export function clockOf(role, concerns) {
  if (!notifies(role, concerns)) return "advisers";
  return informs(role, concerns) ? "both" : "authority";
}

/** Whether no 72 hours run for the firm. @param {Breach["record"]} record */
export function isFree({ aware, role, concerns = [] }) {
  return aware !== undefined && !notifies(role, concerns);
}

/** Whether messages to advisers are all that is due. @param {Breach} found */
export function onlyInforms({ stage, record }) {
  return isFree(record) && stage !== "informed" && OPEN.includes(stage);
}

/** Whether advisers of other firms have to be informed. @param {Breach} found */
export function hasToInform({ stage, record: { role, concerns = [] } }) {
  return OPEN.includes(stage) && informs(role, concerns);
}

/** The advisers who have no message yet; nothing as long as nobody knows who is affected. @param {Breach["record"]} record @returns {Adviser[] | undefined} */
export function uninformed({ affected, letters }) {
  const has = (/** @type {Adviser} */ { account }) =>
    letters.some((letter) => letter.account === account || (letter.former ?? []).includes(account));
  return affected?.advisers.filter((adviser) => !has(adviser));
}
