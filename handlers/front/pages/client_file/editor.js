// The form of a client file: every section with its boxes, its rows and its totals.

import { fill, h, money, monthly } from "../../core/show.js";
import { field } from "../../core/form.js";
import { retype } from "../../core/typing.js";
import { say } from "../../core/pieces.js";
import { t } from "../../core/words.js";
import {
  entries,
  entry,
  isReadable,
  isThere,
  member,
  moreOptions,
  options,
  others,
  otherSections,
  read,
  sections,
  shown,
  way,
} from "./schema.js";
/** @import { Box, Description, Entry, Figures, Group, Part, Row, Section } from "./types.js" */

const TOTALS = ["incomes", "expenses", "assets", "debts"];

/** @param {Entry} file @param {() => void} onChange */
export function editor(file, onChange) {
  const element = h("div", { class: "fields sections", oninput: changed, onchange: changed });
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
    const whole = draft();
    const found = figures(whole);
    const without = new Map(TOTALS.map((name) => [name, unreadable(/** @type {any} */ (whole[name]))]));
    for (const [name, place] of totals)
      fill(
        place,
        t(`file.total.${name}`),
        " ",
        h("strong", { class: "amount" }, money(found[/** @type {keyof Figures} */ (name)])),
        mark(without.get(name)),
      );
    const sum = (/** @type {string[]} */ names) => names.reduce((count, name) => count + (without.get(name) ?? 0), 0);
    fill(sums, ...pair("surplus", found.surplus, sum(["incomes", "expenses"])), ...pair("worth", found.worth, sum(["assets", "debts"])));
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
      const wrong = boxes()
        .filter(({ field }) => field.pointer() === pointer)
        .map(({ description }) => way(description).wrong)[0];
      return wrong && t(wrong);
    },
  };
}

/** @param {string} name @param {number} cents @param {number} without */
function pair(name, cents, without) {
  return [h("dt", {}, t(`file.total.${name}`)), h("dd", { class: "amount" }, money(cents), mark(without))];
}

/** What an amount that cannot be read does to a total. @param {number} [count] */
function mark(count = 0) {
  return count > 0 && h("span", { class: "error without" }, t("file.total.without", { count }));
}

/** How many amounts are in a list that nobody can add up. @param {Entry[]} [entries] */
function unreadable(entries = []) {
  const amounts = entries.flatMap(({ amount_cents, value_cents, balance_cents }) => [amount_cents, value_cents, balance_cents]);
  return amounts.filter((amount) => typeof amount === "string").length;
}

/** @param {Section} section @param {Entry} file @param {() => void} changed @returns {Part} */
function part(section, file, changed) {
  const found = entries(section, file);
  if (section.shape === "one" || section.shape === "list") return rows(section, found, changed);
  const { name, shape, fields } = section;
  const made = group(
    fields,
    shape === "top" ? { notes: file.notes } : (found[0] ?? {}),
    () => (shape === "top" ? "" : `/${name}`),
    () => "",
  );
  const element = h("div", { class: "boxes" }, ...made.boxes.map(({ field }) => field.element));
  return { element, groups: () => [made], clean() {} };
}

/** @param {Section} section @param {HTMLElement} inside @param {HTMLElement | undefined} total */
function card({ name }, inside, total) {
  const heading = h("h2", { id: `file-${name}`, tabindex: "-1" }, t(`file.section.${name}`));
  return h("section", { class: "card", "aria-labelledby": `file-${name}` }, heading, inside, total);
}

/** What a row is called by. */
const NAMES = ["description", "first_name"];

/** As many as the server takes. */
const MAX = 100;

/** @param {Section} section @param {Entry[]} entries @param {() => void} changed @returns {Part} */
function rows({ name, shape, fields }, entries, changed) {
  /** @type {Row[]} */
  let all = [];
  const single = shape === "one";
  const list = h("div", { class: "rows" });
  const none = h("p", { class: "soft" }, t(`file.none.${name}`));
  const adder = h("button", { type: "button", onclick: add }, t(`file.add.${name}`));
  const present = () => all.filter((row) => row.stub === null);
  const element = h("div", { class: "fields", onkeydown: shortcut }, none, list, adder);

  /** @param {Entry} values */
  function append(values) {
    /** @type {Row} */
    const row = {
      group: group(
        fields,
        values,
        () => pointer(row),
        () => called(row),
      ),
      legend: h("legend", {}),
      button: h("button", { type: "button", class: "quiet danger-quiet", onclick: () => take(row) }, t("app.remove")),
      element: h("fieldset", { class: single ? "row sole" : "row" }),
      stub: null,
    };
    const columns = h("div", { class: single ? "boxes" : `boxes line ${name}` }, ...row.group.boxes.map(({ field }) => field.element));
    fill(row.element, row.legend, columns, row.button);
    all.push(row);
    list.append(row.element);
    return row;
  }

  /** Such as `Uitgave 2 (Huur)`. @param {Row} row */
  function called({ group: { boxes }, legend }) {
    const name = boxes
      .find(({ description }) => NAMES.includes(description.name) && !single)
      ?.field.value()
      .trim();
    return name ? `${legend.textContent} (${name})` : (legend.textContent ?? "");
  }

  /** Empty rows are not sent, so they do not count, and no refusal is meant for them. @param {Row} row */
  function pointer(row) {
    const sent = present().filter((one) => !one.group.isBlank());
    return single ? `/${name}` : `/${name}/${sent.indexOf(row)}`;
  }

  function add() {
    if (present().length >= MAX) return say(t("file.full"));
    append({}).group.boxes[0]?.field.input.focus();
    update();
  }

  /** @param {Row} row */
  function take(row) {
    const place = present().indexOf(row);
    const words = t("file.removed", { row: called(row) });
    if (row.group.isBlank()) {
      all = all.filter((one) => one !== row);
      row.element.remove();
      (present()[Math.max(0, place - 1)]?.group.boxes[0]?.field.input ?? adder).focus();
    } else {
      const undo = h("button", { type: "button", class: "link", onclick: () => bringBack(row) }, t("file.undo"));
      row.stub = h("p", { class: "stub" }, words, " ", undo);
      row.element.replaceWith(row.stub);
      adder.hidden = false;
      undo.focus();
    }
    update();
  }

  /** @param {Row} row */
  function bringBack(row) {
    const taken = single ? present() : [];
    for (const other of taken) drop(other);
    row.stub?.replaceWith(row.element);
    row.stub = null;
    row.group.boxes[0]?.field.input.focus();
    update();
  }

  /** @param {Row} row */
  function drop(row) {
    (row.stub ?? row.element).remove();
    all = all.filter((one) => one !== row);
  }

  function clean() {
    for (const row of all) if (row.stub !== null || (row.group.isBlank() && !row.element.contains(document.activeElement))) drop(row);
    number();
  }

  function number() {
    for (const [index, { legend, button }] of present().entries()) {
      const words = t(`file.row.${name}`, { number: index + 1 });
      fill(legend, single ? h("span", { class: "visually-hidden" }, words) : words);
      button.setAttribute("aria-label", t("file.remove_row", { row: words }));
    }
    none.hidden = all.length > 0;
    adder.hidden = single && all.length > 0;
  }

  function update() {
    number();
    changed();
  }

  /** @param {KeyboardEvent} event */
  function shortcut(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || single) return;
    event.preventDefault();
    add();
  }

  for (const values of entries) append(values);
  number();
  return { element, groups: () => present().map((row) => row.group), clean };
}

/** What the rows of a list would send. @param {Group[]} groups */
function drafts(groups) {
  return groups.map((one) => one.draft()).filter(isThere);
}

/**
 * @param {Description[]} fields
 * @param {Entry} values
 * @param {() => string} pointer where the object stands in the file
 * @param {() => string} called what it is called on the page
 * @returns {Group}
 */
function group(fields, values, pointer, called) {
  const boxes = fields.map((description) => box(description, values[description.name], { pointer, called }));
  const kept = others(
    values,
    fields.map(({ name }) => name),
  );
  const draft = () =>
    entry(
      fields,
      boxes.map((one) => one.field.value()),
      kept,
    );
  return { boxes, draft, isBlank: () => draft() === undefined };
}

/** Writes what can be read in its usual spelling. @param {Box} box */
function tidy({ field: { input, value }, description }) {
  if (input instanceof HTMLSelectElement || !isReadable(description, value())) return;
  const usual = shown({ ...description, preset: "" }, read(description, value()));
  if (usual !== value()) retype(input, usual);
}

/** Before the focus goes, so that the browser can still undo it: with the Tab key, or with a press somewhere else. @param {Box} box */
function tidyOnLeave(box) {
  const { input } = box.field;
  const elsewhere = (/** @type {Event} */ { target }) => target !== input && tidy(box);
  input.addEventListener("keydown", (event) => /** @type {KeyboardEvent} */ (event).key === "Tab" && tidy(box));
  input.addEventListener("focus", () => document.addEventListener("pointerdown", elsewhere, true));
  input.addEventListener("blur", () => document.removeEventListener("pointerdown", elsewhere, true));
}

/** What to do about a box that cannot be read; nothing when it can. @param {Box} box */
function complaint({ field: { value }, description }) {
  const { wrong } = way(description);
  return isReadable(description, value()) || wrong === undefined ? null : t(wrong);
}

/** @param {Description} description @param {unknown} value @param {{ pointer: () => string, called: () => string }} place @returns {Box} */
function box(description, value, { pointer, called }) {
  const { name, kind, width, required, hint } = description;
  const typed = shown(description, value);
  const parts = way(description).parts ?? {};
  const made = field({
    ...parts,
    name,
    label: t(`file.label.${name}`),
    hint: hint && t(hint),
    value: typed,
    required,
    options: options(description, typed),
    more: moreOptions(description),
  });
  made.element.classList.add(`w-${width ?? 4}`);
  if (kind === "amount" || kind === "percent") made.input.classList.add("amount");
  made.pointer = () => `${pointer()}/${name}`;
  made.about = called;
  const whole = { field: made, description };
  made.input.addEventListener("change", () => tidy(whole));
  tidyOnLeave(whole);
  return whole;
}

/** @param {any} file @returns {Figures} */
function figures(file) {
  const incomes = monthly(readable(file.incomes));
  const expenses = monthly(readable(file.expenses));
  const assets = sum(file.assets, ({ value_cents }) => cents(value_cents));
  const debts = sum(file.debts, ({ balance_cents }) => cents(balance_cents));
  return { incomes, expenses, assets, debts, surplus: incomes - expenses, worth: assets - debts };
}

/** @param {any[] | undefined} flows */
function readable(flows = []) {
  return flows.map((flow) => ({ ...flow, amount_cents: cents(flow.amount_cents) }));
}

/** What is being typed and is no amount yet counts as nothing; the total says so. @param {unknown} value */
function cents(value) {
  return typeof value === "number" ? value : 0;
}

/** @param {Entry[] | undefined} entries @param {(entry: Entry) => number} of */
function sum(entries = [], of) {
  return entries.reduce((total, entry) => total + of(entry), 0);
}
