// One account: the server lists accounts, and names none alone.

import { everything, Problem } from "../../core/api.js";
/** @import { Listed } from "./types.js" */

/** @param {string} id @returns {Promise<Listed>} */
export async function find(id) {
  const found = (await everything("/api/accounts")).find((account) => account.id === id);
  if (found === undefined) throw new Problem("not_found");
  return found;
}
