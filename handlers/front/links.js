// What leads to pages, by address; with whom it concerns, and its words.

/** @import { Link } from "./core/types.js" */

/** What the bar on top leads to, in this order. @type {Link[]} */
export const links = [
  { path: "clients", access: "adviser", words: { nl: "Cliënten", en: "Clients" } },
  { path: "accounts", access: "officer", words: { nl: "Accounts", en: "Accounts" } },
  { path: "breaches", access: "officer", words: { nl: "Datalekken", en: "Data breaches" } },
  { path: "messages", access: "adviser", words: { nl: "Berichten", en: "Messages" } },
  { path: "exchange", access: "adviser", words: { nl: "Import en export", en: "Import and export" } },
  { path: "requests", access: "adviser", words: { nl: "Verzoeken", en: "Requests" } },
  { path: "processors", access: "officer", words: { nl: "Subverwerkers", en: "Sub-processors" } },
  { path: "hand-overs", access: "officer", words: { nl: "Overdrachten", en: "Hand-overs" } },
  { path: "account", access: "signed_in", words: { nl: "Mijn account", en: "My account" } },
];

/** What the page of a client file leads to besides the overview; `:id` is the file's. @type {Link[]} */
export const fileLinks = [{ path: "clients/:id/rights", access: "adviser", words: { nl: "Rechten", en: "Rights" } }];
