// Every screen with its address and who may see it; and what the bar on top leads to. A new part of FinRust is a row in each.

import { account } from "./screens/account.js";
import { accounts } from "./screens/accounts.js";
import { accountPage } from "./screens/accounts/account_page.js";
import { invite } from "./screens/accounts/invite.js";
import { clientFile } from "./screens/client_file.js";
import { clients } from "./screens/clients.js";
import { forgotten } from "./screens/forgotten.js";
import { overview } from "./screens/overview.js";
import { signIn } from "./screens/sign_in.js";

/** @typedef {import("./core/router.js").Route} Route */

/** @type {Route[]} */
export const routes = [
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

/** @type {import("./core/shell.js").Link[]} */
export const links = [
  { to: "clients", words: "app.nav_clients", access: "adviser" },
  { to: "accounts", words: "app.nav_accounts", access: "officer" },
  { to: "account", words: "app.nav_account", access: "signed_in" },
];
