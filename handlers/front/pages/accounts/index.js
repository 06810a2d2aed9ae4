// For officers: everybody who has an account.

import { learn } from "../../core/show.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

learn({ nl, en });

export { accountPage, accounts, invite } from "./accounts.js";
