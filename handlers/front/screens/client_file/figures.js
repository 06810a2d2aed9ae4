// The totals of a file while it is typed, added up as the server does (`handlers/domain/client/overview.rs`).

/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {{ incomes: number, expenses: number, assets: number, debts: number, surplus: number, worth: number }} Figures in cents */

/** @type {Record<string, number>} */
const A_YEAR = { week: 52, four_weeks: 13, month: 12, quarter: 4, year: 1 };

/**
 * @param {any} file
 * @returns {Figures}
 */
export function figures(file) {
  const incomes = monthly(file.incomes);
  const expenses = monthly(file.expenses);
  const assets = sum(file.assets, ({ value_cents }) => cents(value_cents));
  const debts = sum(file.debts, ({ balance_cents }) => cents(balance_cents));
  return { incomes, expenses, assets, debts, surplus: incomes - expenses, worth: assets - debts };
}

/** Each total is rounded once, half a cent away from zero. @param {Entry[] | undefined} flows */
function monthly(flows) {
  const yearly = sum(flows, ({ amount_cents, period }) => cents(amount_cents) * (A_YEAR[String(period ?? "month")] ?? 12));
  const up = Math.abs(yearly) + 6;
  return (Math.sign(yearly) * (up - (up % 12))) / 12;
}

/** What is being typed and is no amount yet counts as nothing. @param {unknown} value */
function cents(value) {
  return typeof value === "number" ? value : 0;
}

/** @param {Entry[] | undefined} entries @param {(entry: Entry) => number} of */
function sum(entries = [], of) {
  return entries.reduce((total, entry) => total + of(entry), 0);
}
