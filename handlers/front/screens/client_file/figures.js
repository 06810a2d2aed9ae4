// The totals of a file while it is typed, added up as the server does (`handlers/domain/client/overview.rs`).

import { monthly } from "../../core/client.js";

/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {{ incomes: number, expenses: number, assets: number, debts: number, surplus: number, worth: number }} Figures in cents */

/**
 * @param {any} file
 * @returns {Figures}
 */
export function figures(file) {
  const incomes = monthly(readable(file.incomes));
  const expenses = monthly(readable(file.expenses));
  const assets = sum(file.assets, ({ value_cents }) => cents(value_cents));
  const debts = sum(file.debts, ({ balance_cents }) => cents(balance_cents));
  return { incomes, expenses, assets, debts, surplus: incomes - expenses, worth: assets - debts };
}

/** @param {any[] | undefined} flows */
function readable(flows = []) {
  return flows.map((flow) => ({ ...flow, amount_cents: cents(flow.amount_cents) }));
}

/** What is being typed and is no amount yet counts as nothing. @param {unknown} value */
function cents(value) {
  return typeof value === "number" ? value : 0;
}

/** @param {Entry[] | undefined} entries @param {(entry: Entry) => number} of */
function sum(entries = [], of) {
  return entries.reduce((total, entry) => total + of(entry), 0);
}
