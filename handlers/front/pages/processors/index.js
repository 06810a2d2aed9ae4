// The register of sub-processors, for officers; and what is published of it, for anyone.

export { editEntry, newEntry } from "./editor.js";
export { ending, page } from "./page.js";
export { list, published } from "./list.js";
