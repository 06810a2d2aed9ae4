// One import: which column is which, what was found in the table, and how far it is.

import { fieldSentence, get, LastOnly, post, Problem, remove, sentence } from "../../core/api.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { field } from "../../core/form.js";
import { failure, loading, rows, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { dateTime, fill, h } from "../../core/show.js";
import { t } from "../../core/words.js";
/** @import { Field, Screen } from "../../core/types.js" */
/** @import { BadCell, Double, Findings, Import, PreviewRow, Range } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function importPage({ id = "" }) {
  const title = t("exchange.import");
  const path = `/api/imports/${encodeURIComponent(id)}`;
  const turn = new LastOnly();
  const back = h("p", { class: "crumb" }, h("a", { href: "#/exchange" }, t("exchange.back")));
  /** @type {{ element: HTMLElement, reload: () => Promise<void> }} */
  const page = loading(
    () => check(path),
    (found) => wizard(path, found, turn, again),
  );
  const heading = h("h1", {}, title);

  // What had the focus is gone.
  async function again() {
    await page.reload();
    heading.focus();
  }

  return { title, element: h("section", {}, back, heading, page.element), leave: () => turn.stop() };
}

/** A finished import has no table any more that could be looked through. @param {string} path @returns {Promise<Findings>} */
async function check(path) {
  const { data } = await get(path);
  if (data.finished)
    return { import: data, items: [], next: null, preview: [], already_there: { count: 0, rows: [], asks: false, items: [] } };
  return (await post(`${path}/check`, { limit: 50 })).data;
}

/** @param {string} path @param {Findings} found @param {LastOnly} turn @param {() => Promise<void>} reload */
function wizard(path, found, turn, reload) {
  const { import: one } = found;
  const { checked } = one;
  if (one.finished) return [outcome(one)];
  const facts = rows([
    { label: t("exchange.file"), value: one.name },
    {
      label: t("exchange.rows"),
      value: checked && checked.importable ? t("exchange.rows_found", { total: checked.total }) : t("exchange.unusable"),
    },
    ...(checked?.encoding && checked.delimiter
      ? [
          {
            label: t("exchange.written"),
            value: t("exchange.dialect", { encoding: t(`exchange.${checked.encoding}`), delimiter: t(`exchange.${checked.delimiter}`) }),
          },
        ]
      : []),
    { label: t("exchange.until"), value: dateTime(one.expires_at) },
  ]);
  const wrong = found.items.length > 0 ? flaws(path, found, turn) : h("div", { class: "notice" }, h("p", {}, t("exchange.all_good")));
  const there = doubles(found);
  return [facts, preview(found), wrong, there.element, running(path, one, there.choice, turn, reload)];
}

/** The cells that are refused. @param {string} path @param {Findings} found @param {LastOnly} turn */
function flaws(path, found, turn) {
  const columns = ["row", "column", "wrong"].map((key) => ({ words: t(`exchange.${key}`) }));
  const cells = [...found.items];
  let cursor = found.next;
  const list = h("div", {});
  const show = () => fill(list, table({ caption: t("exchange.flaws"), columns, rows: cells.map(flaw) }));
  const more = h("button", { type: "button", onclick: () => void next() }, t("exchange.more"));
  const status = h("p", { role: "status", class: "error" });
  const further = h("div", { class: "actions", hidden: cursor === null }, more, status);

  async function next() {
    try {
      const page = await turn.ask((signal) => post(`${path}/check`, { limit: 50, cursor }, { signal }));
      if (page === undefined) return;
      cells.push(...page.data.items);
      cursor = page.data.next;
      further.hidden = cursor === null;
      show();
    } catch (problem) {
      fill(status, sentence(problem));
    }
  }

  show();
  const { checked } = found.import;
  const head = checked?.importable ? t("exchange.bad", { cells: checked.bad_cells, rows: checked.bad_rows }) : t("exchange.unusable_body");
  return h("div", { class: "card" }, h("h2", {}, t("exchange.flaws")), h("p", {}, head), list, further);
}

/** @param {BadCell} cell */
function flaw(cell) {
  const { row, column, heading } = cell;
  const where = column === null ? t("exchange.whole_row") : t("exchange.cell", { cell: `${letters(column)}${row}` });
  return [
    String(row),
    heading === null ? where : h("span", { class: "who" }, heading, column !== null && h("span", { class: "soft" }, where)),
    words(cell),
  ];
}

/** What a cell below such a heading should look like. @type {[RegExp, string][]} */
const FORMS = [
  [/datum$/i, "file.wrong.date"],
  [/(?:bedrag|waarde|openstaand)$/i, "file.wrong.amount"],
  [/BSN$/i, "file.wrong.bsn"],
  [/postcode$/i, "file.wrong.postcode"],
  [/e-?mailadres$/i, "file.wrong.email"],
  [/telefoonnummer$/i, "file.wrong.phone"],
  [/rente$/i, "file.wrong.percent"],
];

/** What is wrong with a heading or with a row as a whole has words of its own. @param {BadCell} cell */
function words({ column, heading, code }) {
  if (code === "unknown_field") return t(heading === null ? "exchange.unknown_column" : "exchange.column_twice");
  const form = ["invalid_format", "check_failed", "wrong_type"].includes(code) && FORMS.find(([name]) => name.test(heading ?? ""))?.[1];
  if (form) return t(form);
  if (code === "unknown_value" && column !== null) return t("exchange.unknown_word");
  if (code === "invalid_characters" && column !== null) return t("exchange.unreadable_cell");
  if (column !== null) return fieldSentence({ pointer: "", code });
  if (heading !== null) return t("exchange.column_missing");
  const whole = {
    too_long: "exchange.row_endless",
    out_of_range: "exchange.too_many",
    required: "exchange.no_rows",
    invalid_format: "exchange.quote_missing",
    invalid_characters: "exchange.unreadable",
    unknown_value: "exchange.unknown_separator",
    too_short: "exchange.other_separator",
  }[code];
  return whole === undefined ? fieldSentence({ pointer: "", code }) : t(whole);
}

/**
 * The button that makes files, the bar that shows how far it is.
 * @param {string} path @param {Import} one @param {Field | null} choice what becomes of rows that seem to be files already
 * @param {LastOnly} turn @param {() => Promise<void>} reload
 */
function running(path, one, choice, turn, reload) {
  const total = one.checked?.total ?? 0;
  const bar = h("progress", { max: Math.max(total, 1), value: one.done, "aria-label": t("exchange.progress") });
  const count = h("p", { role: "status" }, one.done > 0 ? t("exchange.progress_at", { done: one.done, total }) : "");
  const trouble = h("div", {});
  const begin = h(
    "button",
    { type: "button", class: "primary", hidden: !one.checked?.importable, onclick: () => void run() },
    t(one.done > 0 ? "exchange.go_on" : "exchange.run"),
  );
  const discard = h(
    "button",
    { type: "button", class: "danger-quiet", onclick: () => void throwAway(path, one.name) },
    t("exchange.discard"),
  );
  const place = h("div", { class: "fields", tabindex: "-1", hidden: one.done === 0 }, count, bar);

  async function run() {
    if (choice?.value() === "") {
      choice.fail(t("exchange.choose_doubles"));
      return choice.input.focus();
    }
    begin.hidden = discard.hidden = true;
    place.hidden = false;
    place.focus();
    fill(trouble);
    try {
      for (let finished = false; !finished;) {
        const step = await turn.ask((signal) =>
          post(`${path}/continue`, choice === null ? {} : { duplicates: choice.value() }, { signal }),
        );
        if (step === undefined) return;
        bar.value = step.data.done;
        fill(count, t("exchange.progress_at", { done: step.data.done, total }));
        finished = step.data.finished;
      }
      await reload();
      say(t("exchange.finished"));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // Files were made elsewhere since the table was checked.
      if (problem.errors.some(({ pointer }) => pointer === "/duplicates")) return void (await reload());
      discard.hidden = false;
      fill(trouble, failure(problem, run));
    }
  }

  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("exchange.make")),
    h("p", {}, t("exchange.make_body")),
    place,
    trouble,
    h("div", { class: "actions" }, begin, discard),
  );
}

/** @param {string} path @param {string} name of the file */
async function throwAway(path, name) {
  const isHere = thisVisit();
  const sure = await ask({
    name: "import_discard",
    title: t("exchange.discard_title", { name }),
    body: t("exchange.discard_body"),
    confirm: t("exchange.discard"),
    danger: true,
  });
  if (!sure) return;
  try {
    await remove(path);
    if (isHere()) go("exchange");
    say(t("exchange.discarded"));
  } catch (problem) {
    say(sentence(problem));
  }
}

/** What came of it. @param {Import} one */
function outcome(one) {
  const facts = [
    { label: t("exchange.file"), value: one.name },
    { label: t("exchange.created"), value: String(one.created) },
    { label: t("exchange.already_there"), value: counted(one.already_there, one.already_there_rows) },
    { label: t("exchange.refused"), value: counted(one.refused, one.refused_rows) },
  ];
  const list = h("a", { class: "button primary", href: "#/clients" }, t("exchange.see_clients"));
  return h("div", { class: "fields" }, h("h2", {}, t("exchange.finished")), rows(facts), h("div", { class: "actions" }, list));
}

/** @param {Findings} found */
export function preview({ preview: shown, import: { checked } }) {
  if (shown.length === 0) return null;
  const columns = ["row", "read"].map((key) => ({ words: t(`exchange.${key}`) }));
  const body = t(checked?.importable ? "exchange.preview_body" : "exchange.preview_raw");
  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("exchange.preview")),
    h("p", {}, body),
    table({ caption: t("exchange.preview"), columns, rows: shown.map(previewRow) }),
  );
}

/** @param {PreviewRow} shown */
function previewRow({ row, cells }) {
  const pairs = cells.map(({ column, heading, text }) =>
    h("div", {}, h("dt", {}, heading ?? t("exchange.in_column", { column: letters(column) })), h("dd", { translate: "no" }, text)),
  );
  return [String(row), h("dl", { class: "read" }, ...pairs)];
}

/**
 * Rows that seem to be files already, and the box that asks what becomes of them; without such rows neither.
 * @param {Findings} found
 * @returns {{ element: HTMLElement | null, choice: Field | null }}
 */
export function doubles({ already_there: there, import: one }) {
  if (there.count === 0) return { element: null, choice: null };
  const options = /** @type {[string, string][]} */ ([
    ["", t("exchange.choose_doubles")],
    ["skip", t("exchange.skip")],
    ["make", t("exchange.make_anyway")],
  ]);
  const choice = there.asks
    ? field({
        name: "duplicates",
        label: t("exchange.what_of_doubles"),
        type: "select",
        options,
        value: one.duplicates ?? "",
        required: true,
      })
    : null;
  const columns = ["row", "why"].map((key) => ({ words: t(`exchange.${key}`) }));
  const list = table({ caption: t("exchange.doubles"), columns, rows: there.items.map(doubleRow) });
  const body = h("p", {}, t("exchange.doubles_body", { rows: counted(there.count, there.rows) }));
  return { element: h("div", { class: "card" }, h("h2", {}, t("exchange.doubles")), body, list, choice?.element ?? null), choice };
}

/** @param {Double} double */
function doubleRow({ row, id, code, above }) {
  // No file is made of the row above yet.
  if (above !== undefined) return [String(row), t(`likeness_above.${code}`, { row: above })];
  return [String(row), h("span", {}, t(`likeness.${code}`), " ", h("a", { href: `#/clients/${id}` }, t("exchange.see_that_file")))];
}

/** What a spreadsheet calls a column: `C` is the third. @param {number} column @returns {string} */
export function letters(column) {
  const before = Math.floor((column - 1) / 26);
  return (before > 0 ? letters(before) : "") + String.fromCharCode(65 + ((column - 1) % 26));
}

const MAX_RANGES = 20;

/** @param {number} count @param {Range[]} ranges */
export function counted(count, ranges) {
  if (count === 0) return "0";
  const shown = ranges.slice(0, MAX_RANGES).map(({ first, last }) => (first === last ? String(first) : `${first}–${last}`));
  const list = ranges.length > MAX_RANGES ? [...shown, "…"] : shown;
  return t("exchange.counted", { count, rows: list.join(", ") });
}
