// The boxes of one object: of the client, of an address, of a row in a list.

import { field } from "../../core/field.js";
import { t } from "../../core/text.js";
import { options, way } from "./kinds.js";
import { entry, isReadable, others, read, shown } from "./plain.js";

/** @typedef {import("../../core/field.js").Field} Field */
/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {import("./schema.js").Description} Description */
/** @typedef {{ field: Field, description: Description }} Box */
/**
 * @typedef {object} Group
 * @property {Box[]} boxes
 * @property {() => Entry | undefined} draft what would be sent; unreadable text as it is
 * @property {() => boolean} isBlank
 */

/**
 * @param {Description[]} fields
 * @param {Entry} values
 * @param {() => string} pointer where the object stands in the file
 * @returns {Group}
 */
export function group(fields, values, pointer) {
  const boxes = fields.map((description) => box(description, values[description.name], pointer));
  const kept = others(values, fields.map(({ name }) => name));
  const draft = () => entry(fields, boxes.map((one) => one.field.value()), kept);
  return { boxes, draft, isBlank: () => draft() === undefined };
}

/**
 * Writes what can be read in its usual spelling.
 * @param {Box} box
 */
export function tidy({ field: { input, value }, description }) {
  if (input instanceof HTMLSelectElement || !isReadable(description, value())) return;
  const usual = shown({ ...description, preset: "" }, read(description, value()));
  if (usual !== value()) input.value = usual;
}

/**
 * What to do about a box that cannot be read; nothing when it can.
 * @param {Box} box
 */
export function complaint({ field: { value }, description }) {
  const { wrong } = way(description);
  return isReadable(description, value()) || wrong === undefined ? null : t(wrong);
}

/**
 * @param {Description} description
 * @param {unknown} value
 * @param {() => string} pointer
 * @returns {Box}
 */
function box(description, value, pointer) {
  const { name, kind, width, required, hint } = description;
  const typed = shown(description, value);
  const parts = way(description).parts ?? {};
  const made = field({ ...parts, name, label: t(`file.label.${name}`), hint: hint && t(hint), value: typed, required, options: options(description, typed) });
  made.element.classList.add(`w-${width ?? 4}`);
  if (kind === "amount" || kind === "percent") made.input.classList.add("amount");
  made.pointer = () => `${pointer()}/${name}`;
  const whole = { field: made, description };
  made.input.addEventListener("change", () => tidy(whole));
  return whole;
}
