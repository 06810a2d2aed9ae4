// What a client owns and owes, earns and spends, at a glance: on the screen, and on one page of paper for the conversation.

import { get } from "../../core/api.js";
import { fill, freshId, fullName, h, longDate, money, monthly, svg } from "../../core/show.js";
import { thisMinute } from "../../core/moment.js";
import { loading } from "../../core/pieces.js";
import { who } from "../../core/session.js";
import { knows, t } from "../../core/words.js";
/** @import { ClientFile, Screen } from "../../core/types.js" */
/** @import { Balance, BalanceSide, Bar, Look, Share, Words } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function overview({ id = "" }) {
  const back = `#/clients/${id}`;
  const name = h("p", { class: "whose", translate: "no" });
  const print = h("button", { type: "button", class: "primary", hidden: true, onclick: () => window.print() }, t("app.print"));
  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: back }, t("overview.back")));
  const head = h("div", { class: "page-head" }, h("div", {}, crumb, h("h1", {}, t("overview.title")), name), print);
  const { element } = loading(
    async () => /** @type {ClientFile} */ ((await get(`/api/clients/${encodeURIComponent(id)}`)).data),
    (file) => {
      fill(name, fullName(file.person));
      const parts = pictures(file, back);
      print.hidden = parts === null;
      return parts ?? nothingYet(back);
    },
  );
  element.classList.add("overview");
  return { title: t("overview.title"), element: h("section", {}, head, element) };
}

/** Nothing when the file holds no figures. @param {ClientFile} file @param {string} back */
function pictures(file, back) {
  const [owned, flow] = [worth(file), month(file)];
  if (isEmpty(owned) && isEmpty(flow)) return null;
  const fillIn = () => h("p", { class: "no-print" }, h("a", { href: back }, t("overview.fill_in")));
  const amounts = { worth: money(Math.abs(owned.rest)), month: money(Math.abs(flow.rest)) };
  const first = part(
    owned,
    {
      title: t("file.total.worth"),
      rest: owned.rest < 0 ? t("overview.worth_short") : t("overview.worth_left"),
      sentence: t(`overview.worth_${sign(owned.rest)}`, { amount: amounts.worth }),
      empty: t("overview.worth_empty"),
    },
    fillIn,
  );
  const second = part(
    flow,
    {
      title: t("overview.month"),
      rest: flow.rest < 0 ? t("overview.month_short") : t("overview.month_left"),
      sentence: t(`overview.month_${sign(flow.rest)}`, { amount: amounts.month }),
      empty: t("overview.month_empty"),
    },
    fillIn,
  );
  const made = t("overview.made", { date: longDate(thisMinute()), name: who()?.display_name ?? "" });
  return [first, second, h("p", { class: "hint" }, made)];
}

/** @param {number} cents */
function sign(cents) {
  if (cents === 0) return "even";
  return cents < 0 ? "minus" : "plus";
}

/** @param {string} back */
function nothingYet(back) {
  const link = h("a", { href: back, class: "button primary" }, t("overview.fill_in"));
  return h("div", { class: "card empty" }, h("p", {}, t("overview.worth_empty")), h("p", {}, t("overview.month_empty")), link);
}

/** @param {ClientFile} file @returns {Balance} */
function worth({ assets = [], debts = [], overview }) {
  const owned = shares("asset_kind", assets, (some) => sum(some.map(({ value_cents = 0 }) => value_cents)));
  const owed = shares("debt_kind", debts, (some) => sum(some.map(({ balance_cents = 0 }) => balance_cents)));
  const total = (/** @type {Share[]} */ side) => sum(side.map(({ cents }) => cents));
  return {
    plus: { words: t("file.section.assets"), cents: total(owned), shares: owned },
    minus: { words: t("file.section.debts"), cents: total(owed), shares: owed },
    rest: overview.net_worth_cents,
  };
}

/** @param {ClientFile} file @returns {Balance} */
function month({ incomes = [], expenses = [], overview }) {
  return {
    plus: { words: t("file.section.incomes"), cents: overview.monthly_income_cents, shares: shares("income_kind", incomes, monthly) },
    minus: { words: t("file.section.expenses"), cents: overview.monthly_expenses_cents, shares: shares("expense_kind", expenses, monthly) },
    rest: overview.monthly_surplus_cents,
  };
}

/** @param {Balance} balance */
function isEmpty({ plus, minus }) {
  return plus.shares.length === 0 && minus.shares.length === 0;
}

/** Whether the shares, each rounded to cents, come to something else than their total. @param {Balance} balance */
function isRounded({ plus, minus }) {
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

const ROW = 2.6;
const MORE_FOR_TOTAL = 0.4;
const GAP = 0.8;
const WORDS = 1.1;
const BAR = 1.5;

/**
 * @param {Balance} balance
 * @param {string} rest words for what remains
 * @param {{ title: string, description: string }} ids of the elements that name and describe it
 */
function chart(balance, rest, { title, description }) {
  const bars = barsOf(balance, rest);
  const amounts = bars.map(({ cents }) => cents);
  const low = Math.min(0, ...amounts);
  const scale = Math.max(0, ...amounts) - low;
  const across = (/** @type {number} */ cents) => ((cents - low) / scale) * 100;
  const stripes = { minus: freshId("stripes"), short: freshId("stripes") };
  let y = 0;
  const drawn = bars.map((bar, index) => {
    if (bar.total && index > 0) y += GAP;
    const group = draw(bar, y, across, stripes);
    y += ROW + (bar.total ? MORE_FOR_TOTAL : 0);
    return group;
  });
  const patterns = svg("defs", {}, pattern(stripes.minus, "minus", 45), pattern(stripes.short, "short", -45));
  const picture = svg(
    "svg",
    { role: "img", "aria-labelledby": title, "aria-describedby": description, width: "100%", height: `${y}em` },
    patterns,
    ...drawn,
  );
  return h("div", { class: "chart", translate: "no" }, picture);
}

/** @param {Balance} balance @param {string} rest @returns {Bar[]} */
function barsOf({ plus, minus, rest: left }, rest) {
  const side = (/** @type {BalanceSide} */ { words, cents, shares }, /** @type {Look} */ look) => [
    { words, cents, look, total: true },
    ...shares.map((share) => ({ ...share, look })),
  ];
  return [...side(plus, "plus"), ...side(minus, "minus"), { words: rest, cents: left, look: left < 0 ? "short" : "rest", total: true }];
}

/** @param {Bar} bar @param {number} y @param {(cents: number) => number} across @param {Record<string, string>} stripes */
function draw({ words, cents, look, total }, y, across, stripes) {
  const [from, to] = [Math.min(cents, 0), Math.max(cents, 0)].map(across);
  const percent = (/** @type {number | undefined} */ value) => `${(value ?? 0).toFixed(2)}%`;
  const fill = look in stripes ? `url(#${stripes[look]})` : null;
  const height = total ? 0.8 : 0.5;
  return svg(
    "g",
    { class: `${look} ${total ? "whole" : ""}` },
    svg("text", { x: 0, y: `${y + WORDS}em` }, words),
    svg("text", { x: "100%", y: `${y + WORDS}em`, "text-anchor": "end" }, money(cents, { whole: true })),
    svg("rect", { class: "track", x: 0, y: `${y + BAR}em`, width: "100%", height: `${height}em` }),
    svg("rect", { x: percent(from), y: `${y + BAR}em`, width: percent((to ?? 0) - (from ?? 0)), height: `${height}em`, fill }),
    svg("line", { x1: percent(across(0)), x2: percent(across(0)), y1: `${y + BAR}em`, y2: `${y + BAR + height + 0.15}em` }),
  );
}

/** @param {string} id @param {Look} look @param {number} angle */
function pattern(id, look, angle) {
  const ground = svg("rect", { class: "between", width: 6, height: 6 });
  const stripe = svg("rect", { class: "stripe", width: 3.5, height: 6 });
  return svg(
    "pattern",
    { id, class: look, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` },
    ground,
    stripe,
  );
}

/** @param {Balance} balance @param {Words} words @param {() => HTMLElement} fillIn the link to where it can be filled in */
function part(balance, words, fillIn) {
  const ids = { title: freshId("part"), description: freshId("part") };
  const heading = h("h2", { id: ids.title }, words.title);
  if (isEmpty(balance)) return h("section", { class: "card" }, heading, h("p", {}, words.empty), fillIn());
  const sentence = h("p", { class: balance.rest < 0 ? "sum short" : "sum", id: ids.description }, words.sentence);
  const rounded = isRounded(balance) && h("p", { class: "hint" }, t("overview.rounded"));
  const figures = h("div", { class: "figures" }, chart(balance, words.rest, ids), h("div", {}, tableOf(balance, words), rounded));
  return h("section", { class: "card", "aria-labelledby": ids.title }, heading, sentence, figures);
}

/** @param {Balance} balance @param {Words} words */
function tableOf({ plus, minus, rest }, words) {
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, t("file.label.kind")),
    h("th", { scope: "col", class: "amount" }, t("overview.amount")),
  );
  const groups = [plus, minus].map((side) => h("tbody", {}, total(side.words, side.cents), ...side.shares.map(share)));
  const last = h("tbody", {}, total(words.rest, rest));
  return h("table", { translate: "no" }, h("caption", { class: "visually-hidden" }, words.title), h("thead", {}, head), ...groups, last);
}

/** @param {string} words @param {number} cents */
function total(words, cents) {
  return h("tr", { class: "whole" }, h("th", { scope: "row" }, words), amount(cents));
}

/** @param {Share} share */
function share({ words, cents }) {
  return h("tr", {}, h("th", { scope: "row" }, words), amount(cents));
}

/** @param {number} cents */
function amount(cents) {
  return h("td", { class: "amount" }, money(cents));
}
