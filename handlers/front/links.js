// What leads to pages, by address; with whom it concerns, and the key of its words.

/** @import { Link } from "./core/types.js" */

/** What the bar on top leads to, in this order. @type {Link[]} */
export const links = [
  { path: "clients", access: "adviser", words: "nav.clients" },
  { path: "accounts", access: "officer", words: "nav.accounts" },
  { path: "breaches", access: "officer", words: "nav.breaches" },
  { path: "messages", access: "adviser", words: "nav.messages" },
  { path: "exchange", access: "adviser", words: "nav.exchange" },
  { path: "requests", access: "adviser", words: "nav.requests" },
  { path: "processors", access: "officer", words: "nav.processors" },
  { path: "hand-overs", access: "officer", words: "nav.hand_overs" },
  { path: "firm", access: "officer", words: "nav.firm" },
  { path: "account", access: "signed_in", words: "nav.account" },
];

/** What the page of a client file leads to besides the overview; `:id` is the file's. @type {Link[]} */
export const fileLinks = [{ path: "clients/:id/rights", access: "adviser", words: "nav.rights" }];
