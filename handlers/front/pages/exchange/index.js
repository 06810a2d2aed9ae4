// For advisers: client files out of a table, and all of them as one document.

import { learn } from "../../core/show.js";
import { exchange } from "./exchange.js";
import { importPage } from "./import.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [
  { path: "exchange", screen: exchange },
  { path: "exchange/:id", screen: importPage },
];
