// A client file as plain values: out of what stands in boxes, and in the one form in which two versions can be compared.

import { way } from "./kinds.js";
import { sections } from "./schema.js";

/** @typedef {import("./schema.js").Description} Description */
/** @typedef {import("./schema.js").Section} Section */
/** @typedef {Record<string, unknown>} Entry */

/** What the server adds and does not take back. */
const ADDED = ["id", "created_at", "updated_at", "overview"];

/**
 * What stands in the box of a value.
 * @param {Description} description
 * @param {unknown} value
 */
export function shown(description, value) {
  return value === undefined ? (description.preset ?? "") : way(description).show(value);
}

/**
 * The value of what was typed: `undefined` for nothing.
 * @param {Description} description
 * @param {string} typed
 */
export function read(description, typed) {
  const bare = typed.trim();
  return bare === "" ? undefined : (way(description).read(bare) ?? bare);
}

/** @param {Description} description @param {string} typed */
export function isReadable(description, typed) {
  const bare = typed.trim();
  return bare === "" || way(description).read(bare) !== undefined;
}

/**
 * An object out of what its boxes hold; nothing when they hold nothing but what absence stands for anyway.
 * @param {Description[]} fields
 * @param {string[]} typed
 * @param {Entry} others members that this page has not heard of
 * @returns {Entry | undefined}
 */
export function entry(fields, typed, others) {
  const values = fields.map((field, index) => ({ field, value: read(field, typed[index] ?? "") }));
  const isEmpty = values.every(({ field, value }) => value === undefined || value === field.preset);
  if (isEmpty && Object.keys(others).length === 0) return undefined;
  const filled = values.filter(({ value }) => value !== undefined).map(({ field, value }) => [field.name, value]);
  return { ...Object.fromEntries(filled), ...others };
}

/**
 * The members that no field describes.
 * @param {Entry} object
 * @param {string[]} known
 */
export function others(object, known) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !known.includes(name)));
}

/** Those of a whole file. @param {Entry} file */
export function otherSections(file) {
  return others(file, [...ADDED, ...sections.map(({ name }) => name)]);
}

/**
 * The entries of a section, whatever its shape.
 * @param {Section} section
 * @param {any} file
 * @returns {Entry[]}
 */
export function entries({ name, shape }, file) {
  if (shape === "top") return [file];
  if (shape === "list") return file[name] ?? [];
  return [file[name]].filter((object) => object !== undefined);
}

/**
 * The members of a file that come from a section's entries; without entries none.
 * @param {Section} section
 * @param {Entry[]} found
 * @returns {Entry}
 */
export function member({ name, shape }, found) {
  if (found.length === 0) return {};
  if (shape === "top") return found[0] ?? {};
  return { [name]: shape === "list" ? found : found[0] };
}

/**
 * A file the way the form would send it, with nothing changed.
 * @param {Entry} file
 * @returns {Entry}
 */
export function settled(file) {
  const members = sections.map((section) => member(section, entries(section, file).map((one) => settledEntry(section, one)).filter(isThere)));
  return Object.assign({}, ...members, otherSections(file));
}

/** Whether two plain values are the same. @param {unknown} one @param {unknown} other */
export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * @template T
 * @param {T | undefined} value
 * @returns {value is T}
 */
export function isThere(value) {
  return value !== undefined;
}

/** @param {Section} section @param {Entry} object */
function settledEntry({ fields, shape }, object) {
  const typed = fields.map((field) => shown(field, object[field.name]));
  return entry(fields, typed, shape === "top" ? {} : others(object, fields.map(({ name }) => name)));
}
