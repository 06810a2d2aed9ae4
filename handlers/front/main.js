// Starts the page: who is signed in, and the screen that belongs to the address.

import { open } from "./core/shell.js";
import { links, routes } from "./routes.js";
import { signInAgain } from "./screens/sign_in.js";

await open({ routes, links, again: signInAgain });
