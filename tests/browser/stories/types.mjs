// Every script keeps to the types that it states, and the front end to one layout.
import { check } from "../story.mjs";
import { formatted, typed } from "../types.mjs";

check("types of the front end", () => typed("front"));
check("types of the stories", () => typed("stories"));
check("layout of the front end", formatted);
