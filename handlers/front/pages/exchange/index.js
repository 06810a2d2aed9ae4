// For advisers: client files out of a table, and all of them as one document.

import { learn } from "../../core/show.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

learn({ nl, en });

export { exchange } from "./exchange.js";
export { importPage } from "./import.js";
