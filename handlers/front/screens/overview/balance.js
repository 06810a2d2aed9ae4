// The two sums of a client file: what is owned less what is owed, and what comes in less what goes out in a month; each by kind.

import { monthly } from "../../core/client.js";
import { knows, t } from "../../core/text.js";

/** @typedef {import("../../core/types.js").ClientFile} ClientFile */
/** @typedef {{ words: string, cents: number }} Share */
/** @typedef {{ words: string, cents: number, shares: Share[] }} Side the largest share first */
/** @typedef {{ plus: Side, minus: Side, rest: number }} Balance */

/** @param {ClientFile} file @returns {Balance} */
export function worth({ assets = [], debts = [], overview }) {
  const owned = shares("asset_kind", assets, (some) => sum(some.map(({ value_cents = 0 }) => value_cents)));
  const owed = shares("debt_kind", debts, (some) => sum(some.map(({ balance_cents = 0 }) => balance_cents)));
  const total = (/** @type {Share[]} */ side) => sum(side.map(({ cents }) => cents));
  return {
    plus: { words: t("overview.assets"), cents: total(owned), shares: owned },
    minus: { words: t("overview.debts"), cents: total(owed), shares: owed },
    rest: overview.net_worth_cents,
  };
}

/** @param {ClientFile} file @returns {Balance} */
export function month({ incomes = [], expenses = [], overview }) {
  return {
    plus: { words: t("overview.incomes"), cents: overview.monthly_income_cents, shares: shares("income_kind", incomes, monthly) },
    minus: { words: t("overview.expenses"), cents: overview.monthly_expenses_cents, shares: shares("expense_kind", expenses, monthly) },
    rest: overview.monthly_surplus_cents,
  };
}

/** @param {Balance} balance */
export function isEmpty({ plus, minus }) {
  return plus.shares.length === 0 && minus.shares.length === 0;
}

/** Whether the shares, each rounded to cents, come to something else than their total. @param {Balance} balance */
export function isRounded({ plus, minus }) {
  return [plus, minus].some(({ cents, shares }) => sum(shares.map((share) => share.cents)) !== cents);
}

/**
 * @template {{ kind?: string }} Entry
 * @param {"asset_kind" | "debt_kind" | "income_kind" | "expense_kind"} set
 * @param {Entry[]} entries
 * @param {(entries: Entry[]) => number} add
 * @returns {Share[]}
 */
function shares(set, entries, add) {
  /** @type {Map<string, Entry[]>} */
  const groups = new Map();
  for (const entry of entries) {
    // A newer server may know kinds that this page has not heard of.
    const words = t(knows(`${set}.${entry.kind}`) ? `${set}.${entry.kind}` : `${set}.other`);
    groups.set(words, [...(groups.get(words) ?? []), entry]);
  }
  const found = [...groups].map(([words, group]) => ({ words, cents: add(group) }));
  return found.filter(({ cents }) => cents !== 0).sort((one, other) => other.cents - one.cents);
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
