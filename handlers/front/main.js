// Starts the page: every screen with its address and who may see it, and what the bar on top leads to. A new part of FinRust is a row in each.

import { open } from "./core/shell.js";
import { account } from "./screens/account.js";
import { accountPage, accounts, invite } from "./screens/accounts.js";
import { clientFile } from "./screens/client_file.js";
import { clients } from "./screens/clients.js";
import { overview } from "./screens/overview.js";
import { forgotten, signIn, signInAgain } from "./screens/sign_in.js";
/** @import { Link, Route } from "./core/types.js" */

/** @type {Route[]} */
const routes = [
  { path: "login", access: "stranger", screen: () => signIn() },
  { path: "login/:username/:password", access: "anyone", screen: signIn },
  { path: "forgotten", access: "anyone", screen: forgotten },
  { path: "clients", access: "adviser", screen: clients },
  { path: "clients/:id", access: "adviser", screen: clientFile },
  { path: "clients/:id/overview", access: "adviser", screen: overview },
  { path: "accounts", access: "officer", screen: accounts },
  { path: "accounts/invite", access: "officer", screen: invite },
  { path: "accounts/:id", access: "officer", screen: accountPage },
  { path: "account", access: "signed_in", screen: account },
  { path: "account/:part", access: "signed_in", screen: account },
];

/** @type {Link[]} */
const links = [
  { to: "clients", words: "clients.title", access: "adviser" },
  { to: "accounts", words: "accounts.title", access: "officer" },
  { to: "account", words: "account.title", access: "signed_in" },
];

await open({ routes, links, again: signInAgain });
