// Which rows of two lists belong together. Rows have no ids: equal ones do, and between those, rows that are mostly the same.

import { same } from "./plain.js";

/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {{ own?: Entry, other?: Entry }} Pair a row that only one side has stands alone */

/**
 * @param {Entry[]} mine
 * @param {Entry[]} theirs
 * @returns {Pair[]} in the order of the lists
 */
export function aligned(mine, theirs) {
  /** @type {Pair[]} */
  const pairs = [];
  let [own, other] = [0, 0];
  for (const [nextOwn, nextOther] of [...common(mine, theirs), /** @type {[number, number]} */ ([mine.length, theirs.length])]) {
    pairs.push(...alike(mine.slice(own, nextOwn), theirs.slice(other, nextOther)));
    if (nextOwn < mine.length) pairs.push({ own: mine[nextOwn], other: theirs[nextOther] });
    [own, other] = [nextOwn + 1, nextOther + 1];
  }
  return pairs;
}

/**
 * The places of the longest sequence of rows that both have.
 * @param {Entry[]} mine @param {Entry[]} theirs
 * @returns {[number, number][]}
 */
function common(mine, theirs) {
  const longest = mine.map(() => theirs.map(() => 0));
  const at = (/** @type {number} */ i, /** @type {number} */ j) => longest[i]?.[j] ?? 0;
  for (let i = mine.length - 1; i >= 0; i -= 1) {
    const row = longest[i] ?? [];
    for (let j = theirs.length - 1; j >= 0; j -= 1) row[j] = same(mine[i], theirs[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  /** @type {[number, number][]} */
  const found = [];
  for (let [i, j] = [0, 0]; i < mine.length && j < theirs.length; ) {
    if (same(mine[i], theirs[j])) found.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return found;
}

/** @param {Entry[]} mine @param {Entry[]} theirs @returns {Pair[]} */
function alike(mine, theirs) {
  const left = [...theirs];
  const pairs = mine.map((own) => {
    const place = left.findIndex((other) => isChanged(own, other));
    return place < 0 ? { own } : { own, other: left.splice(place, 1)[0] };
  });
  return [...pairs, ...left.map((other) => ({ other }))];
}

/** Whether one is the other with something changed. @param {Entry} one @param {Entry} other */
function isChanged(one, other) {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const equal = names.filter((name) => same(one[name], other[name])).length;
  const called = one.description ?? one.first_name;
  return (called !== undefined && called === (other.description ?? other.first_name)) || equal * 2 > names.length;
}
