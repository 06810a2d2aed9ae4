// The facts of a breach as a form, and the boxes that forms of steps are made of too.

import { get } from "../../core/api.js";
import { freshId, h, typedDate } from "../../core/show.js";
import { field, form } from "../../core/form.js";
import { momentField } from "../../core/moment.js";
import { overwriting } from "../../core/once.js";
import { guard, loading, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { parseDate } from "../../core/values.js";
import { optionsOf, t } from "../../core/words.js";
import { blocks } from "./schema.js";
/** @import { Problem } from "../../core/api.js" */
/** @import { Screen } from "../../core/types.js" */
/** @import { Control, Description } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function facts({ id = "" }) {
  const title = t("breach.facts");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const { element } = loading(
    () => get(path),
    ({ data, etag }) => {
      const made = sections(data.record.facts);
      const before = JSON.stringify(made.read());
      const { write, isOpen } = overwriting(path, etag, ({ record }) => record.facts);
      let isSaved = false;
      const isDirty = () => !isSaved && (isOpen() || JSON.stringify(made.read()) !== before);
      const back = h("a", { class: "button", href: `#/breaches/${id}` }, t("app.cancel"));
      const shown = form({
        fields: made.fields,
        check: made.wrong,
        content: [h("div", { class: "fields sections" }, ...made.elements)],
        submit: t("app.save"),
        actions: [back],
        onProblem: explain,
        async onSubmit() {
          if (isDirty()) await write(made.read());
          isSaved = true;
          say(t("app.saved"));
          return () => go(`breaches/${id}`);
        },
      });
      return watch({ ...shown, isDirty });
    },
  );
  return {
    title,
    element: h("section", {}, crumb(id), h("h1", {}, title), h("p", { class: "soft" }, t("breach.facts_body")), element),
    ...guarded,
  };
}

/** What a refused moment has to agree with, by its pointer: the server names bounds of numbers only. @type {Record<string, string>} */
const ORDER = {
  "/timeline/ended_at": "breach.wrong.ended_at",
  "/timeline/ongoing": "breach.wrong.ongoing",
  "/sent_at": "breach.wrong.sent_at",
  "/until": "breach.wrong.until",
};

/** Gives refused moments words of their own. @param {Problem} problem */
export function explain({ errors }) {
  for (const error of errors) {
    const words = ORDER[error.pointer];
    if (error.code === "out_of_range" && words !== undefined) error.words = t(words);
  }
  return false;
}

/** The way back to one breach. @param {string} id */
export function crumb(id) {
  return h("p", { class: "crumb no-print" }, h("a", { href: `#/breaches/${id}` }, t("breach.back_one")));
}

/** @param {Record<string, any>} present */
function sections(present) {
  const made = blocks.map((block) => {
    const values = block.name === "" ? present : (present[block.name] ?? {});
    const controls = block.fields.map((described) => ({
      described,
      control: control(described, values[described.name], block.name === "" ? "" : `/${block.name}`),
    }));
    const heading = freshId("block");
    const boxes = controls.map(({ control }) => control.element);
    const element = h(
      "section",
      { class: "card", "aria-labelledby": heading },
      h("h2", { id: heading }, t(`breach.block.${block.name || "law"}`)),
      ...boxes,
    );
    return { block, controls, element };
  });
  return {
    elements: made.map(({ element }) => element),
    fields: () => made.flatMap(({ controls }) => controls.flatMap(({ control }) => control.fields())),
    wrong: () => made.flatMap(({ controls }) => unclear(controls)),
    read: () =>
      Object.assign({}, ...made.map(({ block, controls }) => (block.name === "" ? object(controls) : { [block.name]: object(controls) }))),
  };
}

/** An object out of what its boxes hold. @param {{ described: Description, control: Control }[]} controls */
export function object(controls) {
  const read = controls.map(({ described, control }) => [described.name, control.read()]);
  return Object.fromEntries(read.filter(([, value]) => value !== undefined));
}

/** What has to be said more exactly. @param {{ control: Control }[]} controls */
export function unclear(controls) {
  return controls.flatMap(({ control }) => control.wrong?.() ?? []);
}

/** What stands for a field. @param {Description} described @param {any} value @param {string} parent pointer of the object around it @returns {Control} */
export function control(described, value, parent = "") {
  if (described.kind === "choices") return boxes(described, value ?? []);
  if (described.kind === "list") return rows(described, value ?? [], parent);
  if (described.kind === "moment") {
    const made = momentField({ ...parts(described), value, pointer: `${parent}/${described.name}` });
    return { element: made.element, fields: () => [made], read: made.read, wrong: made.wrong };
  }
  if (described.kind === "day") return dayControl(described, value, parent);
  const made = field({ ...parts(described), value: shown(described, value), pointer: `${parent}/${described.name}` });
  return { element: made.element, fields: () => [made], read: () => read(described, made.value().trim()) };
}

/** @param {Description} described @param {string | undefined} value @param {string} parent @returns {Control} */
function dayControl(described, value, parent) {
  const made = field({
    ...parts(described),
    hint: t(described.hint ?? "file.hint.date"),
    isFormed: true,
    width: "short",
    value: value && typedDate(value),
    pointer: `${parent}/${described.name}`,
  });
  const typed = () => made.value().trim();
  const wrong = () => (typed() !== "" && parseDate(typed()) === undefined ? [{ field: made, words: t("file.wrong.date") }] : []);
  return { element: made.element, fields: () => [made], read: () => (typed() === "" ? undefined : (parseDate(typed()) ?? typed())), wrong };
}

/** @param {Description} described */
function parts({ name, kind, words = "", required, hint }) {
  const shared = { name, label: t(`breach.label.${name}`), required, hint: hint && t(hint) };
  /** @param {[string, string][]} known */
  const select = (known) => ({
    ...shared,
    type: "select",
    options: /** @type {[string, string][]} */ ([["", t("breach.empty")], ...known]),
  });
  if (kind === "choice") return select(optionsOf(words));
  if (kind === "flag")
    return select([
      ["yes", t("breach.yes")],
      ["no", t("breach.no")],
    ]);
  if (kind === "text") return { ...shared, type: "textarea", rows: 3 };
  if (kind === "count") return { ...shared, inputmode: "numeric", isFormed: true, width: "short" };
  return shared;
}

/** @param {Description} described @param {any} value */
function shown({ kind }, value) {
  if (value === undefined) return "";
  if (kind === "flag") return value ? "yes" : "no";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** What the server gets; what cannot be read goes as it was typed, for the server to refuse. @param {Description} described @param {string} typed */
function read({ kind }, typed) {
  if (typed === "") return undefined;
  if (kind === "flag") return typed === "yes";
  if (kind === "count") return /^\d+$/.test(typed) ? Number(typed) : typed;
  if (kind !== "codes" && kind !== "marks") return typed;
  return (kind === "codes" ? typed.toUpperCase() : typed).split(/[\s,;]+/).filter(Boolean);
}

/** @param {Description} described @param {string[]} chosen @returns {Control} */
function boxes({ name, words = "" }, chosen) {
  const made = optionsOf(words).map(([value, label]) => {
    const input = h("input", { type: "checkbox", name, checked: chosen.includes(value) });
    return { value, input, element: h("label", { class: "check" }, input, label) };
  });
  const element = h("fieldset", { class: "field" }, h("legend", {}, t(`breach.label.${name}`)), ...made.map(({ element }) => element));
  return {
    element,
    fields: () => [],
    read: () => (made.some(({ input }) => input.checked) ? made.filter(({ input }) => input.checked).map(({ value }) => value) : undefined),
  };
}

/** Rows of a list; empty ones are not sent. @param {Description} described @param {any[]} entries @param {string} parent @returns {Control} */
function rows({ name, fields = [] }, entries, parent) {
  const place = h("div", { class: "fields" });
  /** @type {{ described: Description, control: Control }[][]} */
  const all = [];
  const add = (/** @type {any} */ entry) => {
    const pointer = `${parent}/${name}/${all.length}`;
    const row = fields.map((described) => ({ described, control: control(described, entry[described.name], pointer) }));
    all.push(row);
    const legend = h("legend", {}, t("breach.row", { what: t(`breach.label.${name}`), number: all.length }));
    place.append(h("fieldset", { class: "sheet" }, legend, ...row.map(({ control }) => control.element)));
  };
  entries.forEach(add);
  const button = h("button", { type: "button", onclick: () => add({}) }, t("breach.add", { what: t(`breach.label.${name}`) }));
  const element = h("div", { class: "fields" }, place, h("p", {}, button));
  // Trailing empty rows only: a row before a full one keeps its place, so that what the server refuses is found again.
  const written = () => all.map(object);
  const last = () => written().findLastIndex((row) => Object.keys(row).length > 0);
  return {
    element,
    fields: () => all.flatMap((row) => row.flatMap(({ control }) => control.fields())),
    wrong: () => all.flatMap(unclear),
    read: () => (last() < 0 ? undefined : written().slice(0, last() + 1)),
  };
}
