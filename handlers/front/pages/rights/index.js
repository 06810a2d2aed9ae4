// For advisers: the rights of the person in a file, the requests that people make, and how long files are kept.

export { erase, rights, takeStep, trail } from "./rights.js";
export { portability, report } from "./report.js";
export { newRequest, request, requests, takeRequestStep } from "./requests.js";
export { retention } from "./retention.js";
