// For officers: the register of data breaches, one of them with its steps, and its papers.

import { learn } from "../../core/show.js";
import { affected } from "./evidence.js";
import { facts } from "./facts.js";
import { letters, report } from "./papers.js";
import { breach, breaches, takeStep } from "./record.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [
  { path: "breaches", screen: breaches },
  { path: "breaches/:id", screen: breach },
  { path: "breaches/:id/facts", screen: facts },
  { path: "breaches/:id/affected", screen: affected },
  { path: "breaches/:id/letters", screen: letters },
  { path: "breaches/:id/report", screen: report },
  { path: "breaches/:id/report/:number", screen: report },
  { path: "breaches/:id/step/:step", screen: takeStep },
];
