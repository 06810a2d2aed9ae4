// What differs between the version on the screen and the one that was stored meanwhile, and the file that the choices make.

import { aligned } from "./align.js";
import { entries, member, otherSections, others, same, settled } from "./plain.js";
import { sections } from "./schema.js";

/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {import("./schema.js").Section} Section */
/** @typedef {import("./schema.js").Description} Description */
/** @typedef {"mine" | "theirs"} Side */
/**
 * @typedef {object} Difference
 * @property {Section} section
 * @property {Description | null} field nothing when it is a whole row
 * @property {unknown} mine
 * @property {unknown} theirs
 * @property {"mine" | "theirs" | "both"} changed by whom since the version that both began with
 * @property {Side} choice may be set
 */
/** @typedef {{ differences: Difference[], merged: () => Entry }} Comparison */

/**
 * @param {Entry} begun the version that was loaded
 * @param {Entry} typed what the form holds
 * @param {Entry} stored
 * @returns {Comparison}
 */
export function compare(begun, typed, stored) {
  const [base, mine, theirs] = [settled(begun), settled(typed), settled(stored)];
  const parts = sections.map((section) => {
    const [before = [], own = [], other = []] = [base, mine, theirs].map((file) => entries(section, file));
    return section.shape === "list" ? compareRows(section, before, own, other) : compareFields(section, before[0], own[0], other[0]);
  });
  const merged = () => Object.assign({}, ...parts.map((part) => part.merged()), otherSections(theirs));
  return { differences: parts.flatMap((part) => part.differences), merged };
}

/** @param {Section} section @param {Entry} [base] @param {Entry} [mine] @param {Entry} [theirs] @returns {Comparison} */
function compareFields(section, base = {}, mine = {}, theirs = {}) {
  const found = section.fields.map((field) => difference(section, field, base[field.name], mine[field.name], theirs[field.name]));
  const unknown = section.shape === "top" ? {} : others(theirs, section.fields.map(({ name }) => name));
  const merged = () => {
    const chosen = found.map((one) => [one.field?.name, one[one.choice]]).filter(([, value]) => value !== undefined);
    const object = { ...Object.fromEntries(chosen), ...unknown };
    return member(section, Object.keys(object).length > 0 ? [object] : []);
  };
  return { differences: found.filter(differs), merged };
}

/** @param {Section} section @param {Entry[]} base @param {Entry[]} mine @param {Entry[]} theirs @returns {Comparison} */
function compareRows(section, base, mine, theirs) {
  const before = base.map((row) => JSON.stringify(row));
  const wasThere = (/** @type {Entry | undefined} */ row) => (row !== undefined && before.includes(JSON.stringify(row)) ? row : undefined);
  // A row that one side still has as it was is what the other side began with.
  const found = aligned(mine, theirs).map(({ own, other }) => difference(section, null, wasThere(own) ?? wasThere(other), own, other));
  const merged = () => member(section, /** @type {Entry[]} */ (found.map((one) => one[one.choice]).filter((row) => row !== undefined)));
  return { differences: found.filter(differs), merged };
}

/**
 * What only one side changed is chosen already; where both did, the version on the screen goes first.
 * @param {Section} section @param {Description | null} field @param {unknown} base @param {unknown} mine @param {unknown} theirs
 * @returns {Difference}
 */
function difference(section, field, base, mine, theirs) {
  const changed = same(base, mine) ? "theirs" : same(base, theirs) ? "mine" : "both";
  return { section, field, mine, theirs, changed, choice: changed === "theirs" ? "theirs" : "mine" };
}

/** @param {Difference} difference */
function differs({ mine, theirs }) {
  return !same(mine, theirs);
}
