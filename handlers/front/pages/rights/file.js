// What the server says of the rights in a file, and how several screens say it.

import { get } from "../../core/api.js";
import { date, dateTime, h, t } from "../../core/show.js";
import { table } from "../../core/pieces.js";
import { said } from "./words.js";
/** @import { Note, Rights } from "./types.js" */

/** @param {string} id @returns {Promise<Rights>} */
export async function rightsOf(id) {
  return (await get(`/api/clients/${encodeURIComponent(id)}/rights`)).data;
}

/** Why a file cannot be erased now, in sentences. @param {Rights} found */
export function obstacles({ marked, held, restricted }) {
  const kept = held?.until ? t("rights.held_first_until", { date: date(held.until) }) : t("rights.held_first");
  return [marked === null && t("rights.mark_first"), held !== null && kept, restricted && t("rights.release_first")].filter((words) => words !== false);
}

/** @param {string[]} inTheWay */
export function listed(inTheWay) {
  return [h("p", {}, t("rights.in_the_way")), h("ul", { class: "list" }, ...inTheWay.map((words) => h("li", {}, words)))];
}

/** The newest first. @param {Note[]} notes */
export function history(notes) {
  if (notes.length === 0) return h("div", { class: "card" }, h("h2", {}, t("rights.history")), h("p", {}, t("rights.nothing")));
  const columns = ["when", "what", "reason"].map((key) => ({ words: t(`rights.${key}`) }));
  return h("div", { class: "card" }, h("h2", {}, t("rights.history")), table({ caption: t("rights.history"), columns, rows: notes.map(row).reverse() }));
}

/** @param {Note} note */
function row({ at, step, reason, ground, until }) {
  const more = [ground && said(`erasure_ground.${ground}`), until && t("rights.until_day", { date: date(until) })].filter(Boolean).join(", ");
  return [dateTime(at), [said(`rights_step.${step}`), more].filter(Boolean).join(": "), h("span", { class: "long" }, reason)];
}
