// Every script keeps to the types that it states.
import { check } from "../story.mjs";
import { typed } from "../types.mjs";

check("types of the front end", () => typed("front"));
check("types of the stories", () => typed("stories"));
