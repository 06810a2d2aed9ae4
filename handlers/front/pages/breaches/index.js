// For officers: the register of data breaches, one of them with its steps, and its papers.

import { learn } from "../../core/show.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

learn({ nl, en });

export { affected } from "./evidence.js";
export { facts } from "./facts.js";
export { letters, report } from "./papers.js";
export { breach, breaches, takeStep } from "./record.js";
