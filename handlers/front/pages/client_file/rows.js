// Rows of a list that two sides have changed: which of them are one.

import { same } from "./schema.js";
/** @import { Entry, Trace } from "./types.js" */

/**
 * What became of each row on both sides, in the order of the lists. Each side is held against what both began with: two rows that were one are one,
 * however far both have changed it.
 * @param {Entry[]} base @param {Entry[]} mine @param {Entry[]} theirs
 * @returns {Trace[]}
 */
export function traced(base, mine, theirs) {
  const [own, other] = [pairs(base, mine), pairs(base, theirs)];
  const rootOf = (/** @type {[number, number][]} */ found, /** @type {number} */ place) => found.find(([, at]) => at === place)?.[0];
  const added = (/** @type {Entry[]} */ rows, /** @type {[number, number][]} */ found) =>
    [...rows.keys()].filter((place) => rootOf(found, place) === undefined);
  const [ownAdded, otherAdded] = [added(mine, own), added(theirs, other)];
  // Both may have added the same thing.
  const twins = pairs(
    ownAdded.map((at) => mine[at] ?? {}),
    otherAdded.map((at) => theirs[at] ?? {}),
    CHANGED,
  ).map(([one, two]) => [ownAdded[one], otherAdded[two]]);
  /** @type {Trace[]} */
  const traces = mine.map((row, place) => {
    const root = rootOf(own, place);
    const at = root === undefined ? twins.find(([one]) => one === place)?.[1] : other.find(([one]) => one === root)?.[1];
    return { root: base[root ?? -1], own: row, other: theirs[at ?? -1], at };
  });
  let last = -1;
  for (const [at, row] of theirs.entries()) {
    const there = traces.findIndex((trace) => trace.at === at);
    let place = there < 0 ? last + 1 : there;
    // What I have added there comes first.
    while (there < 0 && traces[place] !== undefined && traces[place]?.at === undefined) place += 1;
    if (there < 0) traces.splice(place, 0, { root: base[rootOf(other, at) ?? -1], own: undefined, other: row, at });
    last = place;
  }
  return traces;
}

/** How much two rows are one, at least: a row that was typed over stands where it stood. */
const SAME = 10;
const CHANGED = 4;
const RELATED = 2;
const PLACED = 1;

/** @param {Entry} one @param {Entry} other */
function likeness(one, other) {
  if (same(one, other)) return SAME;
  if (isChanged(one, other)) return CHANGED;
  return Object.keys(one).some((name) => same(one[name], other[name])) ? RELATED : PLACED;
}

/**
 * The places of rows that are one: those in the same order that have most in common, and those that were moved.
 * @param {Entry[]} rows @param {Entry[]} later @param {number} [least]
 * @returns {[number, number][]}
 */
function pairs(rows, later, least = PLACED) {
  const alike = rows.map((one) => later.map((other) => likeness(one, other)));
  const best = Array.from({ length: rows.length + 1 }, () => later.map(() => 0));
  const like = (/** @type {number} */ i, /** @type {number} */ j) => alike[i]?.[j] ?? 0;
  const at = (/** @type {number} */ i, /** @type {number} */ j) => best[i]?.[j] ?? 0;
  const together = (/** @type {number} */ i, /** @type {number} */ j) => (like(i, j) < least ? 0 : like(i, j) + at(i + 1, j + 1));
  for (let i = rows.length - 1; i >= 0; i -= 1) {
    const row = best[i] ?? [];
    for (let j = later.length - 1; j >= 0; j -= 1) row[j] = Math.max(together(i, j), at(i + 1, j), at(i, j + 1));
  }
  /** @type {[number, number][]} */
  const found = [];
  for (let [i, j] = [0, 0]; i < rows.length && j < later.length;) {
    if (like(i, j) >= least && together(i, j) === at(i, j)) found.push([i++, j++]);
    else if (at(i + 1, j) === at(i, j)) i += 1;
    else j += 1;
  }
  for (const i of rows.keys()) {
    const moved = [...later.keys()].find((j) => like(i, j) >= CHANGED && found.every(([one, other]) => one !== i && other !== j));
    if (moved !== undefined) found.push([i, moved]);
  }
  return found;
}

/** Whether one is the other with something changed. @param {Entry} one @param {Entry} other */
function isChanged(one, other) {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const equal = names.filter((name) => same(one[name], other[name])).length;
  const called = one.description ?? one.first_name;
  return (called !== undefined && called === (other.description ?? other.first_name)) || equal * 2 > names.length;
}
