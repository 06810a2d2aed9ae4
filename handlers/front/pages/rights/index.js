// For advisers: the rights of the person in a file, the requests that people make, and how long files are kept.

import { learn } from "../../core/show.js";
import { erase } from "./erase.js";
import { portability } from "./portability.js";
import { report } from "./report.js";
import { request, takeRequestStep } from "./request.js";
import { newRequest, requests } from "./requests.js";
import { retention } from "./retention.js";
import { rights, takeStep } from "./rights.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
import { trail } from "./trail.js";
/** @import { PartRoute } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [
  { path: "clients/:id/rights", screen: rights },
  { path: "clients/:id/rights/step/:step", screen: takeStep },
  { path: "clients/:id/rights/erase", screen: erase },
  { path: "clients/:id/rights/report", screen: report },
  { path: "clients/:id/rights/portability", screen: portability },
  { path: "clients/:id/rights/trail", screen: trail },
  { path: "requests", screen: requests },
  { path: "requests/new", screen: newRequest },
  { path: "requests/new/:client", screen: newRequest },
  { path: "requests/retention", screen: retention },
  { path: "requests/:id", screen: request },
  { path: "requests/:id/:step", screen: takeRequestStep },
];
