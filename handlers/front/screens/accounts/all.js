// The accounts as the server lists them.

import { get } from "../../core/api.js";
import { badge } from "../../core/pieces.js";
import { t } from "../../core/text.js";

/** @typedef {"invited" | "active" | "disabled"} Status */
/** @typedef {{ id: string, username: string, display_name: string, email: string, role: string, status: Status, two_factor: boolean, last_signed_in_at: string | null }} Listed */

/**
 * Every account, however many pages they take.
 * @returns {Promise<Listed[]>}
 */
export async function allAccounts() {
  /** @type {Listed[]} */
  const all = [];
  for (let cursor = ""; ; ) {
    const { data } = await get(`/api/accounts?limit=200${cursor}`);
    all.push(...data.items);
    if (data.next === null) return all;
    cursor = `&cursor=${encodeURIComponent(data.next)}`;
  }
}

/** @param {Status} status */
export function statusBadge(status) {
  const kinds = /** @type {const} */ ({ invited: "plain", active: "", disabled: "bad" });
  return badge(t(`status.${status}`), kinds[status]);
}
