// A sum as bars under each other, all to one scale: the words and the amount above each bar, so that nothing depends on telling colours
// apart. Heights are in the size of the letters and widths in percents, so that it fits a phone, a wide screen and paper as it is.

import { freshId, h, svg } from "../../core/dom.js";
import { money } from "../../core/format.js";

/** @typedef {import("./balance.js").Balance} Balance */
/** @typedef {"plus" | "minus" | "rest" | "short"} Look */
/** @typedef {{ words: string, cents: number, look: Look, total?: boolean }} Bar */

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
export function chart(balance, rest, { title, description }) {
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
  const picture = svg("svg", { role: "img", "aria-labelledby": title, "aria-describedby": description, width: "100%", height: `${y}em` }, patterns, ...drawn);
  return h("figure", { class: "chart" }, picture);
}

/** @param {Balance} balance @param {string} rest @returns {Bar[]} */
function barsOf({ plus, minus, rest: left }, rest) {
  const side = (/** @type {import("./balance.js").Side} */ { words, cents, shares }, /** @type {Look} */ look) => [
    { words, cents, look, total: true },
    ...shares.map((share) => ({ ...share, look })),
  ];
  return [...side(plus, "plus"), ...side(minus, "minus"), { words: rest, cents: left, look: left < 0 ? "short" : "rest", total: true }];
}

/**
 * @param {Bar} bar
 * @param {number} y
 * @param {(cents: number) => number} across
 * @param {Record<string, string>} stripes
 */
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
  return svg("pattern", { id, class: look, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${angle})` }, ground, stripe);
}
