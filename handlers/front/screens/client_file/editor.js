// The form of a client file: every section with its boxes, its totals, and a way to jump to each.

import { fill, h } from "../../core/dom.js";
import { money } from "../../core/format.js";
import { t } from "../../core/text.js";
import { figures } from "./figures.js";
import { complaint, group, tidy } from "./group.js";
import { way } from "./kinds.js";
import { entries, member, otherSections } from "./plain.js";
import { drafts, rows } from "./rows.js";
import { sections } from "./schema.js";

/** @typedef {import("./group.js").Box} Box */
/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {import("./rows.js").Part} Part */
/** @typedef {import("./schema.js").Section} Section */
/** @typedef {import("./figures.js").Figures} Figures */

const TOTALS = ["incomes", "expenses", "assets", "debts"];

/**
 * @param {Entry} file
 * @param {() => void} onChange
 */
export function editor(file, onChange) {
  const element = h("div", { class: "fields sections", oninput: changed });
  const sums = h("dl", { class: "sums" });
  /** @type {Map<string, HTMLElement>} */
  const totals = new Map(TOTALS.map((name) => [name, h("p", { class: "total" })]));
  /** @type {Map<Section, Part>} */
  let parts = new Map();
  /** @type {Entry} */
  let kept = {};

  /** Puts a file in place of what the form holds. @param {Entry} other */
  function load(other) {
    kept = otherSections(other);
    parts = new Map(sections.map((section) => [section, part(section, other, changed)]));
    fill(element, ...[...parts].map(([section, { element: inside }]) => card(section, inside, totals.get(section.name))));
    addUp();
  }

  /** What would be sent, with text that cannot be read as it is. @returns {Entry} */
  function draft() {
    const members = [...parts].map(([section, { groups }]) => member(section, drafts(groups())));
    return Object.assign({}, ...members, kept);
  }

  /** @returns {Box[]} */
  const boxes = () => [...parts.values()].flatMap(({ groups }) => groups().flatMap((one) => one.boxes));

  function addUp() {
    const found = figures(draft());
    for (const [name, place] of totals) fill(place, t(`file.total.${name}`), " ", h("strong", { class: "amount" }, money(found[/** @type {keyof Figures} */ (name)])));
    fill(sums, ...pair("surplus", found.surplus), ...pair("worth", found.worth));
  }

  function changed() {
    addUp();
    onChange();
  }

  load(file);
  return {
    element,
    sums,
    load,
    draft,
    fields: () => boxes().map((box) => box.field),
    /** Takes away what has been settled by saving. */
    clean: () => [...parts.values()].forEach((one) => one.clean()),
    /** Writes everything in its usual spelling and names what cannot be read. */
    check() {
      const all = boxes();
      all.forEach(tidy);
      return all.flatMap((box) => [complaint(box)].filter((words) => words !== null).map((words) => ({ field: box.field, words })));
    },
    /** What the field at a pointer should look like. @param {string} pointer */
    advice(pointer) {
      const wrong = boxes().filter(({ field }) => field.pointer() === pointer).map(({ description }) => way(description).wrong)[0];
      return wrong && t(wrong);
    },
  };
}

/** @param {string} name @param {number} cents */
function pair(name, cents) {
  return [h("dt", {}, t(`file.total.${name}`)), h("dd", { class: "amount" }, money(cents))];
}

/** @param {Section} section @param {Entry} file @param {() => void} changed @returns {Part} */
function part(section, file, changed) {
  const found = entries(section, file);
  if (section.shape === "one" || section.shape === "list") return rows(section, found, changed);
  const { name, shape, fields } = section;
  const made = group(fields, shape === "top" ? { notes: file.notes } : (found[0] ?? {}), () => (shape === "top" ? "" : `/${name}`));
  const element = h("div", { class: "boxes" }, ...made.boxes.map(({ field }) => field.element));
  return { element, groups: () => [made], clean() {} };
}

/** @param {Section} section @param {HTMLElement} inside @param {HTMLElement | undefined} total */
function card({ name }, inside, total) {
  const heading = h("h2", { id: `file-${name}`, tabindex: "-1" }, t(`file.section.${name}`));
  return h("section", { class: "card", "aria-labelledby": `file-${name}` }, heading, inside, total);
}
