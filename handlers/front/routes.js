// What is loaded when somebody goes there, and not before: a row each. The row is all that the rest of the front end knows of a part.
//
// - `path`: the part owns this address and every one below it.
// - `access`: who may see all of it.
// - `words`: what leads to it. With words the bar on top has a link, or the page of a client file when the path begins with `clients/:id/`.
// - `load`: a folder below `parts/` with `part.js`, which exports `routes` with whole addresses and lets `learn` know the words of
//   `text.nl.js` and `text.en.js` beside it (sections with names of their own; `problem` and `field` may grow). Types go to `types.d.ts`.
//
// While a part loads, a place is shown that takes its screen in (`core/late.js`): `shown()` is that place, so a screen that wants to know
// whether it is still there asks `element.isConnected`.
//
// A part imports from `core/`, `screens/` and its own folder; its files need rows in `handlers/http/front_table.rs`. `tests/front` says what
// it may weigh and holds the words against the code; `parts/accounts/` is an example.

/** @import { Part } from "./core/types.js" */

/** @type {Part[]} */
export const parts = [
  { path: "accounts", access: "officer", words: { nl: "Accounts", en: "Accounts" }, load: () => import("./pages/accounts/index.js") },
  { path: "breaches", access: "officer", words: { nl: "Datalekken", en: "Data breaches" }, load: () => import("./pages/breaches/index.js") },
  { path: "messages", access: "adviser", words: { nl: "Berichten", en: "Messages" }, load: () => import("./pages/messages/messages.js") },
  { path: "suspicion", access: "signed_in", load: () => import("./pages/suspicion/suspicion.js") },
  { path: "exchange", access: "adviser", words: { nl: "Import en export", en: "Import and export" }, load: () => import("./pages/exchange/index.js") },
  { path: "requests", access: "adviser", words: { nl: "Verzoeken", en: "Requests" }, load: () => import("./pages/rights/index.js") },
  { path: "clients/:id/rights", access: "adviser", words: { nl: "Rechten", en: "Rights" }, load: () => import("./pages/rights/index.js") },
  { path: "processors", access: "officer", words: { nl: "Subverwerkers", en: "Sub-processors" }, load: () => import("./pages/processors/index.js") },
  { path: "hand-overs", access: "officer", words: { nl: "Overdrachten", en: "Hand-overs" }, load: () => import("./pages/hand_overs/index.js") },
  { path: "sub-processors", access: "anyone", load: () => import("./pages/processors/index.js") },
];
