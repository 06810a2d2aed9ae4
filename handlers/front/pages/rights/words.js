// How values of this part are said.

import { today } from "../../core/moment.js";
import { date, knows, t } from "../../core/show.js";
import { badge } from "../../core/pieces.js";

const DAY = 86_400_000;

/** The words under a key; a newer server may know values that this page has not heard of. @param {string} key */
export function said(key) {
  return knows(key) ? t(key) : key.slice(key.indexOf(".") + 1);
}

/** Values of one closed set, one after the other. @param {string} set @param {string[]} codes */
export function coded(set, codes) {
  return codes.map((code) => said(`${set}.${code}`)).join("; ");
}

/** The values of a closed set as options. @param {string} set @param {string} values */
export function options(set, values) {
  return values.split(" ").map((value) => /** @type {[string, string]} */ ([value, t(`${set}.${value}`)]));
}

/** How much time is left for a request. @param {{ due_on: string, state: string }} request */
export function dueBadge({ due_on: due, state }) {
  if (state !== "open") return badge(said(`request_state.${state}`), "plain");
  const left = Math.round((Date.parse(due) - Date.parse(today())) / DAY);
  if (left < 0) return badge(t("requests.late", { date: date(due) }), "bad");
  return badge(left === 1 ? t("requests.day_left") : t("requests.days_left", { days: left }), left <= 7 ? "warn" : "");
}
