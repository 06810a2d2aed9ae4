// For officers: files of an adviser who leaves go to a successor, once two officers want it.

import { learn } from "../../core/show.js";
import { list } from "./list.js";
import { page } from "./page.js";
import { propose } from "./propose.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [
  { path: "hand-overs", screen: list },
  { path: "hand-overs/new", screen: propose },
  { path: "hand-overs/:id", screen: page },
];
