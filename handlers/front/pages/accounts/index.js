// For officers: everybody who has an account.

import { learn } from "../../core/show.js";
import { accountPage, accounts, invite } from "./accounts.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [
  { path: "accounts", screen: accounts },
  { path: "accounts/invite", screen: invite },
  { path: "accounts/:id", screen: accountPage },
];
