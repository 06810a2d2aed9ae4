// For officers: files of an adviser who leaves go to a successor, once two officers want it.

export { list } from "./list.js";
export { page } from "./page.js";
export { propose } from "./propose.js";
