// Every address with its page, and who may see it: a row each.
//
// - `eager`: the page is there from the start.
// - `lazy`: its subject is loaded when somebody goes to one of its pages, and not before. A subject is a folder below `pages/`, with its words
//   in `text.nl.json` and `text.en.json` (sections with names of their own; `problem` and `field` may grow).
//
// While a subject loads, a place is shown that takes its page in (`core/late.js`): `shown()` is that place, so a page that wants to know
// whether it is still there asks `element.isConnected`.
//
// A page imports from `core/`, from its own folder, and of other subjects only what is there from the start. What leads to pages stands in
// `links.js`. `tests/front` holds the words against the code; `pages/accounts/` is an example.

import { learnSubject } from "./core/words.js";
import { fileLinks, links } from "./links.js";
import { account } from "./pages/account/account.js";
import { clientFile } from "./pages/client_file/client_file.js";
import { overview } from "./pages/client_file/overview.js";
import { clients } from "./pages/clients/clients.js";
import { forgotten, signIn } from "./pages/sign_in/sign_in.js";
/** @import { Access, Page, Route } from "./core/types.js" */

const accounts = subject("accounts", () => import("./pages/accounts/index.js"));
const breaches = subject("breaches", () => import("./pages/breaches/index.js"));
const exchange = subject("exchange", () => import("./pages/exchange/index.js"));
const firm = subject("firm", () => import("./pages/firm/index.js"));
const handOvers = subject("hand_overs", () => import("./pages/hand_overs/index.js"));
const messages = subject("messages", () => import("./pages/messages/messages.js"));
const processors = subject("processors", () => import("./pages/processors/index.js"));
const rights = subject("rights", () => import("./pages/rights/index.js"));
const suspicion = subject("suspicion", () => import("./pages/suspicion/suspicion.js"));

/** The first row that fits an address counts. @type {Route[]} */
export const routes = [
  eager("login", "stranger", () => signIn()),
  eager("login/:username/:password", "anyone", signIn),
  eager("forgotten", "anyone", forgotten),
  eager("clients", "adviser", clients),
  eager("clients/:id", "adviser", clientFile),
  eager("clients/:id/overview", "adviser", overview),
  lazy("clients/:id/rights", "adviser", rights, "rights"),
  lazy("clients/:id/rights/step/:step", "adviser", rights, "takeStep"),
  lazy("clients/:id/rights/erase", "adviser", rights, "erase"),
  lazy("clients/:id/rights/report", "adviser", rights, "report"),
  lazy("clients/:id/rights/portability", "adviser", rights, "portability"),
  lazy("clients/:id/rights/trail", "adviser", rights, "trail"),
  lazy("requests", "adviser", rights, "requests"),
  lazy("requests/new", "adviser", rights, "newRequest"),
  lazy("requests/new/:client", "adviser", rights, "newRequest"),
  lazy("requests/retention", "adviser", rights, "retention"),
  lazy("requests/:id", "adviser", rights, "request"),
  lazy("requests/:id/:step", "adviser", rights, "takeRequestStep"),
  lazy("exchange", "adviser", exchange, "exchange"),
  lazy("exchange/:id", "adviser", exchange, "importPage"),
  lazy("messages", "adviser", messages, "messages"),
  lazy("accounts", "officer", accounts, "accounts"),
  lazy("accounts/invite", "officer", accounts, "invite"),
  lazy("accounts/:id", "officer", accounts, "accountPage"),
  lazy("accounts/:id/controller", "officer", accounts, "controllerPage"),
  lazy("breaches", "officer", breaches, "breaches"),
  lazy("breaches/:id", "officer", breaches, "breach"),
  lazy("breaches/:id/facts", "officer", breaches, "facts"),
  lazy("breaches/:id/affected", "officer", breaches, "affected"),
  lazy("breaches/:id/letters", "officer", breaches, "letters"),
  lazy("breaches/:id/report", "officer", breaches, "report"),
  lazy("breaches/:id/report/:number", "officer", breaches, "report"),
  lazy("breaches/:id/step/:step", "officer", breaches, "takeStep"),
  lazy("processors", "officer", processors, "list"),
  lazy("processors/new", "officer", processors, "newEntry"),
  lazy("processors/:id", "officer", processors, "page"),
  lazy("processors/:id/edit", "officer", processors, "editEntry"),
  lazy("processors/:id/end", "officer", processors, "ending"),
  lazy("sub-processors", "anyone", processors, "published"),
  lazy("hand-overs", "officer", handOvers, "list"),
  lazy("hand-overs/new", "officer", handOvers, "propose"),
  lazy("hand-overs/:id", "officer", handOvers, "page"),
  lazy("firm", "signed_in", firm, "firm"),
  lazy("firm/edit", "officer", firm, "edit"),
  lazy("firm/withdraw", "officer", firm, "withdraw"),
  lazy("suspicion", "signed_in", suspicion, "suspicion"),
  eager("account", "signed_in", account),
  eager("account/:part", "signed_in", account),
];

/** @param {string} path @param {Access} access @param {Page} page @returns {Route} */
function eager(path, access, page) {
  return { path, access, page };
}

/**
 * @template {string} Name
 * @param {string} path
 * @param {Access} access
 * @param {() => Promise<Record<Name, Page>>} load
 * @param {Name} name of the page, as the subject exports it
 * @returns {Route} which says as long as it is loaded what leads to it
 */
function lazy(path, access, load, name) {
  const words = [...fileLinks, ...links].find((link) => `${path}/`.startsWith(`${link.path}/`))?.words;
  return { path, access, words, load: async () => (await load())[name] };
}

/**
 * @template Module
 * @param {string} folder below `pages/`
 * @param {() => Promise<Module>} load
 * @returns {() => Promise<Module>} with its words
 */
function subject(folder, load) {
  return async () => (await Promise.all([load(), learnSubject(`pages/${folder}/`)]))[0];
}
