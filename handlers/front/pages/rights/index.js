// For advisers: the rights of the person in a file, the requests that people make, and how long files are kept.

import { learn } from "../../core/show.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";

learn({ nl, en });

export { erase } from "./erase.js";
export { portability } from "./portability.js";
export { report } from "./report.js";
export { request, takeRequestStep } from "./request.js";
export { newRequest, requests } from "./requests.js";
export { retention } from "./retention.js";
export { rights, takeStep } from "./rights.js";
export { trail } from "./trail.js";
