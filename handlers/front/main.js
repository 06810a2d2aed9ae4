// Starts the page: every screen that is there from the start, with its address and who may see it, and what the bar on top leads to. Everything else
// is loaded when somebody goes there: `parts.js`.

import { open } from "./core/shell.js";
import { parts } from "./routes.js";
import { account } from "./pages/account/account.js";
import { clientFile } from "./pages/client_file/client_file.js";
import { clients } from "./pages/clients/clients.js";
import { overview } from "./pages/client_file/overview.js";
import { forgotten, signIn, signInAgain } from "./pages/sign_in/sign_in.js";
/** @import { Link, Route } from "./core/types.js" */

/** @type {Route[]} */
const routes = [
  { path: "login", access: "stranger", screen: () => signIn() },
  { path: "login/:username/:password", access: "anyone", screen: signIn },
  { path: "forgotten", access: "anyone", screen: forgotten },
  { path: "clients", access: "adviser", screen: clients },
  { path: "clients/:id", access: "adviser", screen: clientFile },
  { path: "clients/:id/overview", access: "adviser", screen: overview },
  { path: "account", access: "signed_in", screen: account },
  { path: "account/:part", access: "signed_in", screen: account },
];

/** @type {Link[]} */
const links = [
  { path: "clients", access: "adviser", words: { nl: "Cliënten", en: "Clients" } },
  ...parts.filter(({ path }) => !path.includes(":")),
  { path: "account", access: "signed_in", words: { nl: "Mijn account", en: "My account" } },
];

await open({ routes, parts, links, again: signInAgain });
