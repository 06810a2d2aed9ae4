// For officers: files of an adviser who leaves go to a successor, once two officers want it.

import { learn } from "../../core/show.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

learn({ nl, en });

export { list } from "./list.js";
export { page } from "./page.js";
export { propose } from "./propose.js";
