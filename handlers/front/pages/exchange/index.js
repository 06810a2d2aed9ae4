// For advisers: client files out of a table, and all of them as one document.

export { exchange } from "./exchange.js";
export { importPage } from "./import.js";
