// Two versions of one file, side by side: only what differs, and a choice for each.

import { modal } from "../../core/dialog.js";
import { freshId, h } from "../../core/dom.js";
import { t } from "../../core/text.js";
import { way } from "./kinds.js";

/** @typedef {import("./differences.js").Difference} Difference */
/** @typedef {import("./differences.js").Side} Side */
/** @typedef {import("./plain.js").Entry} Entry */

/** @type {Side[]} */
const SIDES = ["mine", "theirs"];

/**
 * Lets the adviser choose; what was chosen stands in the differences.
 * @param {Difference[]} differences
 * @param {string} when the other version was stored
 * @returns {Promise<boolean>} whether to save the outcome
 */
export async function choose(differences, when) {
  const rows = h("div", { class: "differences" }, ...differences.map(row));
  const all = SIDES.map((side) => h("button", { type: "button", onclick: () => tickAll(rows, side) }, t(`file.conflict.all_${side}`)));
  const save = h("button", { type: "submit", class: "primary", value: "save" }, t("file.conflict.save"));
  const back = h("button", { type: "submit", value: "" }, t("file.conflict.back"));
  const content = [h("p", {}, t("file.conflict.body", { when })), h("div", { class: "choose-all" }, ...all), rows];
  return (await modal({ title: t("file.conflict.title"), content, actions: [save, back], size: "wide" }).answer) === "save";
}

/** @param {HTMLElement} rows @param {Side} side */
function tickAll(rows, side) {
  for (const radio of rows.querySelectorAll(`input[value="${side}"]`)) /** @type {HTMLInputElement} */ (radio).click();
}

/** @param {Difference} difference */
function row(difference) {
  const group = freshId("difference");
  const sides = SIDES.map((side) => {
    const radio = h("input", { type: "radio", name: group, value: side, checked: difference.choice === side, onchange: () => (difference.choice = side) });
    return h("label", { class: "side" }, h("span", { class: "side-head" }, radio, t(`file.conflict.${side}`)), value(difference, side));
  });
  const legend = h("legend", {}, called(difference), " ", h("span", { class: "badge plain" }, t(`file.conflict.changed_${difference.changed}`)));
  return h("fieldset", { class: "difference" }, legend, h("div", { class: "two" }, ...sides));
}

/** @param {Difference} difference */
function called({ section, field, mine, theirs }) {
  const part = t(`file.section.${section.name}`);
  if (field !== null) return section.shape === "top" ? part : `${part}: ${t(`file.label.${field.name}`)}`;
  const entry = /** @type {Entry} */ (mine ?? theirs);
  const name = entry.description ?? entry.first_name;
  return name === undefined ? part : `${part}: ${name}`;
}

/** @param {Difference} difference @param {Side} side */
function value(difference, side) {
  const { section, field } = difference;
  const shown = difference[side];
  if (shown === undefined) return h("span", { class: "soft" }, t(field === null ? "file.conflict.absent" : "file.empty"));
  if (field !== null) return h("span", { class: "side-value" }, way(field).words(shown, field));
  const entry = /** @type {Entry} */ (shown);
  const other = /** @type {Entry | undefined} */ (difference[side === "mine" ? "theirs" : "mine"]);
  const lines = section.fields.filter(({ name }) => entry[name] !== undefined).map((one) => {
    const words = way(one).words(entry[one.name], one);
    const differs = other !== undefined && other[one.name] !== entry[one.name];
    return h("span", { class: "side-line" }, `${t(`file.label.${one.name}`)}: `, differs ? h("strong", {}, words) : words);
  });
  return h("span", { class: "side-value" }, ...lines);
}
