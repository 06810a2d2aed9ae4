// Asks for the words while the modules of the page are still on their way.

import { learn, preferred } from "./core/words.js";

// What does not come is asked for once more by the page, which then says so.
learn(preferred()).catch(() => {});
