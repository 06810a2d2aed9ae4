// For officers: the register of data breaches, one of them with its steps, and its papers.

export { affected } from "./evidence.js";
export { facts } from "./facts.js";
export { letters, report } from "./papers.js";
export { breach, breaches, takeStep } from "./record.js";
