// One sum of the overview: in one sentence, as a picture, and as a table with the same figures to the cent.

import { freshId, h } from "../../core/dom.js";
import { money } from "../../core/format.js";
import { t } from "../../core/text.js";
import { isEmpty, isRounded } from "./balance.js";
import { chart } from "./chart.js";

/** @typedef {import("./balance.js").Balance} Balance */

/**
 * @typedef {object} Words
 * @property {string} title
 * @property {string} rest what remains is called
 * @property {string} sentence what remains, in a sentence
 * @property {string} empty
 */

/**
 * @param {Balance} balance
 * @param {Words} words
 * @param {() => HTMLElement} fillIn the link to where it can be filled in
 */
export function part(balance, words, fillIn) {
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
  const head = h("tr", {}, h("th", { scope: "col" }, t("overview.kind")), h("th", { scope: "col", class: "amount" }, t("overview.amount")));
  const groups = [plus, minus].map((side) => h("tbody", {}, total(side.words, side.cents), ...side.shares.map(share)));
  const last = h("tbody", {}, total(words.rest, rest));
  return h("table", {}, h("caption", { class: "visually-hidden" }, words.title), h("thead", {}, head), ...groups, last);
}

/** @param {string} words @param {number} cents */
function total(words, cents) {
  return h("tr", { class: "whole" }, h("th", { scope: "row" }, words), amount(cents));
}

/** @param {import("./balance.js").Share} share */
function share({ words, cents }) {
  return h("tr", {}, h("th", { scope: "row" }, words), amount(cents));
}

/** @param {number} cents */
function amount(cents) {
  return h("td", { class: "amount" }, money(cents));
}
