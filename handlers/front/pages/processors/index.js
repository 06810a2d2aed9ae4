// The register of sub-processors, for officers; and what is published of it, for anyone.

import { learn } from "../../core/show.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

learn({ nl, en });

export { editEntry, newEntry } from "./editor.js";
export { ending, page } from "./page.js";
export { list, published } from "./list.js";
