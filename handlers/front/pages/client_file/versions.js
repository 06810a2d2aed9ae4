// A client file on the server, so that an answer that got lost does no harm; and two versions of it: what differs, and the choice for each.

import { get, post, Problem, put, remove } from "../../core/api.js";
import { isUncertain, saysNothing } from "../../core/once.js";
import { modal } from "../../core/dialog.js";
import { fill, freshId, fullName, h } from "../../core/show.js";
import { t } from "../../core/words.js";
import { traced } from "./rows.js";
import { entries, member, others, otherSections, same, sections, settled, way } from "./schema.js";
/** @import { Answer, Child } from "../../core/types.js" */
/** @import { Comparison, Description, Difference, Entry, Section, Side } from "./types.js" */

/** One file, as it was last read or written; not on the server yet when it has no `id`. */
export class Stored {
  /** @type {string | null} */
  id = null;
  /** @type {any} as the server answered it */
  file = null;
  /** @type {string | null} */
  #etag = null;
  /** One for each file that is made: a repeat makes no second one. */
  #key = crypto.randomUUID();
  /** @type {Entry[]} what was sent without an answer: any of it may be what is stored */
  #unheard = [];

  /** @param {string} id */
  async read(id) {
    this.adopt(await get(path(id)));
  }

  /** Whether nobody knows what is stored. */
  isOpen() {
    return this.#unheard.length > 0;
  }

  /** Of the person, as it is stored. */
  name() {
    return this.file === null ? null : fullName(this.file.person);
  }

  /** The version that is on the server now. */
  present() {
    return get(path(this.id ?? ""));
  }

  /** Goes on from a version. @param {Answer} answer */
  adopt({ data, etag }) {
    this.id = data.id;
    this.file = data;
    this.#etag = etag;
    this.#unheard = [];
  }

  /** What comes next is a new file. */
  detach() {
    this.id = null;
    this.#key = crypto.randomUUID();
    this.#unheard = [];
  }

  /** @param {Entry} content */
  save(content) {
    return this.id === null ? this.#create(content) : this.#replace(content);
  }

  /**
   * A creation without an answer is repeated as it was, for that is what its key stands for; what changed since is written over it.
   * @param {Entry} content
   * @returns {Promise<void>}
   */
  async #create(content) {
    const [first = content] = this.#unheard;
    try {
      this.adopt(await this.#heard(first, post("/api/clients", first, { headers: { "idempotency-key": this.#key } })));
    } catch (error) {
      if (isUncertain(error) || saysNothing(error) || same(first, content)) throw error;
      // Had it been made, this would have been answered.
      this.#unheard = [];
      return this.#create(content);
    }
    if (!same(first, content)) await this.#replace(content);
  }

  /**
   * When the version in the way is our own, whose answer got lost, nobody else has changed anything.
   * @param {Entry} content
   * @returns {Promise<void>}
   */
  async #replace(content) {
    try {
      this.adopt(await this.#heard(content, put(path(this.id ?? ""), content, { headers: { "if-match": this.#etag ?? "" } })));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "version_mismatch" || !this.isOpen()) throw error;
      const present = await this.present();
      if (this.#unheard.every((lost) => !same(settled(present.data), settled(lost)))) throw error;
      this.adopt(present);
      return this.#replace(content);
    }
  }

  /** Remembers what got no answer. @param {Entry} content @param {Promise<Answer>} asked */
  async #heard(content, asked) {
    try {
      return await asked;
    } catch (error) {
      if (isUncertain(error) && !this.#unheard.includes(content)) this.#unheard.push(content);
      throw error;
    }
  }

  /** @param {string | null} etag of the version that may be deleted */
  async remove(etag = this.#etag) {
    await remove(path(this.id ?? ""), { headers: { "if-match": etag ?? "" } });
  }

  /** It is gone: nothing of it is waited for any more. */
  forget() {
    this.#unheard = [];
  }
}

/** @param {string} id */
function path(id) {
  return `/api/clients/${encodeURIComponent(id)}`;
}

/** @type {Side[]} */
const SIDES = ["mine", "theirs"];

/**
 * Lets the adviser choose; what was chosen stands in the differences.
 * @param {Difference[]} differences
 * @param {{ name: string, when: string, isHere: () => boolean }} about whose file, and when the other version was stored
 * @returns {Promise<boolean>} whether to save the outcome
 */
export async function choose(differences, { name, when, isHere }) {
  const open = h("p", { class: "error", role: "alert" });
  const rows = h("div", { class: "differences" }, ...differences.map((one) => row(one, () => fill(open))));
  const all = SIDES.map((side) => h("button", { type: "button", onclick: () => tickAll(rows, side) }, t(`file.conflict.all_${side}`)));
  const save = h("button", { type: "submit", class: "primary", value: "save" }, t("file.conflict.save"));
  const back = h("button", { type: "submit", value: "" }, t("file.conflict.back"));
  save.addEventListener("click", (event) => {
    const place = differences.findIndex(({ choice }) => choice === null);
    if (place < 0) return;
    event.preventDefault();
    fill(open, t("file.conflict.choose", { count: differences.filter(({ choice }) => choice === null).length }));
    rows.children[place]?.querySelector("input")?.focus();
  });
  const content = [h("p", {}, t("file.conflict.body", { when })), h("div", { class: "choose-all" }, ...all), rows, open];
  return (
    (await modal({ name: "file_conflict", title: t("file.conflict.title", { name }), content, actions: [save, back], size: "wide", isHere })
      .answer) === "save"
  );
}

/** @param {HTMLElement} rows @param {Side} side */
function tickAll(rows, side) {
  for (const radio of rows.querySelectorAll(`input[value="${side}"]`)) /** @type {HTMLInputElement} */ (radio).click();
}

/** @param {Difference} difference @param {() => void} onChoice */
function row(difference, onChoice) {
  const group = freshId("difference");
  const side = (/** @type {Side | "both"} */ which, /** @type {Child} */ shown) => {
    const choose = () => {
      difference.choice = which;
      onChoice();
    };
    const radio = h("input", { type: "radio", name: group, value: which, checked: difference.choice === which, onchange: choose });
    return h("label", { class: "side" }, h("span", { class: "side-head" }, radio, t(`file.conflict.${which}`)), shown);
  };
  const sides = [
    ...SIDES.map((which) => side(which, value(difference, which))),
    takesBoth(difference) && side("both", h("span", { class: "side-value" }, t("file.conflict.both_how"))),
  ];
  const legend = h(
    "legend",
    {},
    called(difference),
    " ",
    h("span", { class: "badge plain" }, t(`file.conflict.changed_${difference.changed}`)),
  );
  return h("fieldset", { class: "difference" }, legend, h("div", { class: "two" }, ...sides));
}

/** Text of many lines can hold what both have written. @param {Difference} difference */
function takesBoth({ field, mine, theirs, changed }) {
  return field?.kind === "block" && changed === "both" && mine !== undefined && theirs !== undefined;
}

/** @param {Difference} difference */
function outcome({ choice, mine, theirs }) {
  return choice === "both" ? `${mine}\n\n${theirs}` : choice === "theirs" ? theirs : mine;
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
  const lines = section.fields
    .filter(({ name }) => entry[name] !== undefined)
    .map((one) => {
      const words = way(one).words(entry[one.name], one);
      const differs = other !== undefined && other[one.name] !== entry[one.name];
      return h("span", { class: "side-line" }, `${t(`file.label.${one.name}`)}: `, differs ? h("strong", {}, words) : words);
    });
  return h("span", { class: "side-value" }, ...lines);
}

/** @param {Entry} begun the version that was loaded @param {Entry} typed what the form holds @param {Entry} stored @returns {Comparison} */
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
  const unknown =
    section.shape === "top"
      ? {}
      : others(
          theirs,
          section.fields.map(({ name }) => name),
        );
  const merged = () => {
    const chosen = found.map((one) => [one.field?.name, outcome(one)]).filter(([, value]) => value !== undefined);
    const object = { ...Object.fromEntries(chosen), ...unknown };
    return member(section, Object.keys(object).length > 0 ? [object] : []);
  };
  return { differences: found.filter(differs), merged };
}

/** @param {Section} section @param {Entry[]} base @param {Entry[]} mine @param {Entry[]} theirs @returns {Comparison} */
function compareRows(section, base, mine, theirs) {
  const found = traced(base, mine, theirs).map(({ root, own, other }) => difference(section, null, root, own, other));
  const merged = () => member(section, /** @type {Entry[]} */ (found.map(outcome).filter((row) => row !== undefined)));
  return { differences: found.filter(differs), merged };
}

/**
 * What only one side changed is chosen already; where both did, nobody's version goes first.
 * @param {Section} section @param {Description | null} field @param {unknown} base @param {unknown} mine @param {unknown} theirs
 * @returns {Difference}
 */
function difference(section, field, base, mine, theirs) {
  const changed = same(base, mine) ? "theirs" : same(base, theirs) ? "mine" : "both";
  return {
    section,
    field,
    mine,
    theirs,
    changed,
    choice: changed === "both" && !same(mine, theirs) ? null : changed === "theirs" ? "theirs" : "mine",
  };
}

/** @param {Difference} difference */
function differs({ mine, theirs }) {
  return !same(mine, theirs);
}
