// A list that rows are added to and taken from. A removed row leaves a way back until the file is saved.

import { fill, h } from "../../core/dom.js";
import { say } from "../../core/say.js";
import { t } from "../../core/text.js";
import { group } from "./group.js";
import { isThere } from "./plain.js";

/** @typedef {import("./group.js").Group} Group */
/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {import("./schema.js").Section} Section */
/** @typedef {{ group: Group, element: HTMLElement, legend: HTMLElement, button: HTMLElement, stub: HTMLElement | null }} Row `stub` stands where a removed row was */
/** @typedef {{ element: HTMLElement, groups: () => Group[], clean: () => void }} Part of the form: what one section shows */

/** As many as the server takes. */
const MOST = 100;

/**
 * @param {Section} section
 * @param {Entry[]} entries
 * @param {() => void} changed
 * @returns {Part}
 */
export function rows({ name, shape, fields }, entries, changed) {
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
    const row = { group: group(fields, values, () => pointer(row)), legend: h("legend", {}), button: h("button", { type: "button", class: "quiet danger-quiet", onclick: () => take(row) }, t("app.remove")), element: h("fieldset", { class: single ? "row sole" : "row" }), stub: null };
    const columns = h("div", { class: single ? "boxes" : `boxes line ${name}` }, ...row.group.boxes.map(({ field }) => field.element));
    fill(row.element, row.legend, columns, row.button);
    all.push(row);
    list.append(row.element);
    return row;
  }

  /** Empty rows are not sent, so they do not count, and no refusal is meant for them. @param {Row} row */
  function pointer(row) {
    const sent = present().filter((one) => !one.group.isBlank());
    return single ? `/${name}` : `/${name}/${sent.indexOf(row)}`;
  }

  function add() {
    if (present().length >= MOST) return say(t("file.full"));
    append({}).group.boxes[0]?.field.input.focus();
    update();
  }

  /** @param {Row} row */
  function take(row) {
    const place = present().indexOf(row);
    const words = t("file.removed", { row: row.legend.textContent ?? "" });
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
export function drafts(groups) {
  return groups.map((one) => one.draft()).filter(isThere);
}
