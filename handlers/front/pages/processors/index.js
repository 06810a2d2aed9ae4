// The register of sub-processors, for officers; and what is published of it, for anyone.

import { learn } from "../../core/show.js";
import { editEntry, newEntry } from "./editor.js";
import { ending } from "./ending.js";
import { list } from "./list.js";
import { page } from "./page.js";
import { published } from "./published.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [
  { path: "processors", screen: list },
  { path: "processors/new", screen: newEntry },
  { path: "processors/:id", screen: page },
  { path: "processors/:id/edit", screen: editEntry },
  { path: "processors/:id/end", screen: ending },
  { path: "sub-processors", screen: published },
];
