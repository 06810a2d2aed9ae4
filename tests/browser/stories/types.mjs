// Every script keeps to the types that it states.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { check } from "../story.mjs";
import { root } from "../tools.mjs";
import { typed } from "../types.mjs";

if (existsSync(join(root, "handlers/front"))) check("types of the front end", () => typed("front"));
check("types of the stories", () => typed("stories"));
