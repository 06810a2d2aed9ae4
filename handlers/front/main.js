// Starts the page: the page that belongs to the address, in the frame that stands around every page.

import { open } from "./core/shell.js";
import { links } from "./links.js";
import { signInAgain } from "./pages/sign_in/sign_in.js";
import { routes } from "./routes.js";

await open({ routes, links, again: signInAgain });
