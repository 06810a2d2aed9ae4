// What a client file consists of: every section with its fields, the kinds of values, and the file as plain values. Forms, comparing and merging follow it.

import { longDate, money, typedDate, typedMoney, typedPercent } from "../../core/show.js";
import { parseDate, parseMoney, parsePercent, readBsn, readEmail, readPhone, readPostcode } from "../../core/values.js";
import { language, t, valuesOf } from "../../core/words.js";
/** @import { Description, Entry, Kind, Section, Way } from "./types.js" */

/** @type {Description} */
const LAST_NAME = { name: "last_name", kind: "text" };
/** @type {Description} */
const FIRST_NAME = { name: "first_name", kind: "text" };
/** @type {Description} */
const PREFIX = { name: "prefix", kind: "text", hint: "file.hint.prefix", width: 2 };
/** @type {Description} */
const BIRTH_DATE = { name: "birth_date", kind: "date", hint: "file.hint.date" };

/** @param {Description} lastName @returns {Description[]} */
const person = (lastName) => [
  { name: "initials", kind: "text", width: 2 },
  FIRST_NAME,
  PREFIX,
  lastName,
  BIRTH_DATE,
  { name: "bsn", kind: "bsn", hint: "file.hint.bsn" },
  { name: "marital_status", kind: "choice", words: "marital_status" },
  { name: "email", kind: "email", width: 6 },
  { name: "phone", kind: "phone", width: 6 },
];

/** @type {Description} */
const DESCRIPTION = { name: "description", kind: "text" };
/** @type {Description} */
const PERIOD = { name: "period", kind: "choice", words: "period", preset: "month" };

/** @param {string} words @returns {Description} */
const sort = (words) => ({ name: "kind", kind: "choice", words });
/** @param {string} name @returns {Description} */
const euros = (name) => ({ name, kind: "amount" });

/** @type {Section[]} */
export const sections = [
  { name: "person", shape: "object", fields: person({ ...LAST_NAME, required: true }) },
  {
    name: "address",
    shape: "object",
    fields: [
      { name: "street", kind: "text", width: 6 },
      { name: "house_number", kind: "text", width: 3 },
      { name: "addition", kind: "text", width: 3 },
      { name: "postcode", kind: "postcode", width: 3 },
      { name: "city", kind: "text", width: 5 },
      { name: "country", kind: "country", preset: "NL" },
    ],
  },
  { name: "partner", shape: "one", fields: person(LAST_NAME) },
  { name: "children", shape: "list", fields: [FIRST_NAME, PREFIX, LAST_NAME, BIRTH_DATE] },
  { name: "incomes", shape: "list", fields: [DESCRIPTION, sort("income_kind"), euros("amount_cents"), PERIOD] },
  { name: "expenses", shape: "list", fields: [DESCRIPTION, sort("expense_kind"), euros("amount_cents"), PERIOD] },
  { name: "assets", shape: "list", fields: [DESCRIPTION, sort("asset_kind"), euros("value_cents")] },
  {
    name: "debts",
    shape: "list",
    fields: [DESCRIPTION, sort("debt_kind"), euros("balance_cents"), { name: "interest_percent", kind: "percent" }],
  },
  { name: "notes", shape: "top", fields: [{ name: "notes", kind: "block", width: 12 }] },
];

/** @type {Way} */
const text = { show: String, read: (typed) => typed, words: String };

/** @type {Way} */
const choice = {
  ...text,
  words: (value, { words = "" }) => (valuesOf(words).includes(value) ? t(`${words}.${value}`) : value),
  parts: { type: "select" },
};

/** @type {Record<Kind, Way>} */
const kinds = {
  text,
  email: { ...text, read: readEmail, parts: { inputmode: "email", isFormed: true }, wrong: "file.wrong.email" },
  phone: { ...text, read: readPhone, parts: { inputmode: "tel", isFormed: true }, wrong: "file.wrong.phone" },
  block: { ...text, show: (value) => value.replace(/\r\n?/g, "\n"), parts: { type: "textarea", rows: 8 } },
  bsn: { ...text, read: readBsn, parts: { inputmode: "numeric", isFormed: true }, wrong: "file.wrong.bsn" },
  postcode: { ...text, read: readPostcode, parts: { isFormed: true }, wrong: "file.wrong.postcode" },
  choice,
  country: { ...text, words: countryName, parts: { type: "select" } },
  // No `inputmode`: on an iPhone the keys for numbers have no hyphen, and those for amounts no sign and one kind of separator.
  date: { show: typedDate, read: parseDate, words: longDate, parts: { isFormed: true }, wrong: "file.wrong.date" },
  // Text in place of an amount is one that could not be read.
  amount: {
    show: (value) => (typeof value === "number" ? typedMoney(value) : String(value)),
    read: amount,
    words: (value) => money(value),
    parts: { isFormed: true },
    wrong: "file.wrong.amount",
  },
  percent: {
    show: typedPercent,
    read: parsePercent,
    words: (value) => `${typedPercent(value)}%`,
    parts: { isFormed: true },
    wrong: "file.wrong.percent",
  },
};

/** @param {Description} description @returns {Way} */
export function way({ kind }) {
  return kinds[kind];
}

/**
 * Value and words of each option of a select; a value that this page has not heard of stays what it is.
 * @param {Description} description
 * @param {string} present
 * @returns {[string, string][]}
 */
export function options(description, present) {
  const { kind, words, preset } = description;
  const values = words === undefined ? [] : valuesOf(words);
  /** @type {[string, string][]} */
  const known = values.map((value) => [value, choice.words(value, description)]);
  // All countries come with `more`.
  if (kind === "country" && present === "") known.push(["NL", countryName("NL")]);
  if (present !== "" && !known.some(([value]) => value === present))
    known.push([present, kind === "country" ? countryName(present) : present]);
  return preset === undefined ? [["", t("file.empty")], ...known] : known;
}

/** What is left of the amounts that a number holds to the cent. @param {string} typed */
function amount(typed) {
  const cents = parseMoney(typed);
  return Number.isSafeInteger(cents) ? cents : undefined;
}

/** Where clients of a Dutch adviser live most. */
const NEAR = "NL BE DE LU FR GB ES PT IT AW CW SX BQ";
/** All others (ISO 3166-1 alpha-2). */
const OTHERS = [
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AX AZ BA BB BD BF BG BH BI BJ BL BM BN BO BR BS BT BW BY BZ",
  "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CX CY CZ DJ DK DM DO DZ EC EE EG EH ER ET FI FJ FK FM FO",
  "GA GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS JE JM JO JP",
  "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LV LY",
  "MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NO NP NR NU NZ OM",
  "PA PE PF PG PH PK PL PM PN PR PS PW PY QA RE RO RS RU RW",
  "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ",
  "UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW",
];

/** What a box offers once it is used. @param {Description} description @returns {(() => [string, string][]) | undefined} */
export function moreOptions({ kind }) {
  return kind === "country" ? countries : undefined;
}

/** Code and name of each: those nearby first, then all others by name. @returns {[string, string][]} */
function countries() {
  const names = nameBook();
  const named = (/** @type {string} */ code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code]);
  const others = OTHERS.flatMap((row) => row.split(" ").map(named));
  const order = new Intl.Collator(language());
  return [...NEAR.split(" ").map(named), ...others.sort(([, one], [, other]) => order.compare(one, other))];
}

/** A country's name; its code where the browser knows none. @param {string} code */
function countryName(code) {
  try {
    return nameBook().of(code) ?? code;
  } catch {
    return code;
  }
}

function nameBook() {
  return new Intl.DisplayNames(language(), { type: "region" });
}

/** What the server adds and does not take back. */
const ADDED = ["id", "created_at", "updated_at", "overview", "warnings"];

/** What stands in the box of a value. @param {Description} description @param {unknown} value */
export function shown(description, value) {
  return value === undefined ? (description.preset ?? "") : way(description).show(value);
}

/** The value of what was typed: `undefined` for nothing. @param {Description} description @param {string} typed */
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

/** The members that no field describes. @param {Entry} object @param {string[]} known */
export function others(object, known) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !known.includes(name)));
}

/** Those of a whole file. @param {Entry} file */
export function otherSections(file) {
  return others(file, [...ADDED, ...sections.map(({ name }) => name)]);
}

/** The entries of a section, whatever its shape. @param {Section} section @param {any} file @returns {Entry[]} */
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

/** A file the way the form would send it, with nothing changed. @param {Entry} file @returns {Entry} */
export function settled(file) {
  const members = sections.map((section) =>
    member(
      section,
      entries(section, file)
        .map((one) => settledEntry(section, one))
        .filter(isThere),
    ),
  );
  return Object.assign({}, ...members, otherSections(file));
}

/** Whether two plain values are the same. @param {unknown} one @param {unknown} other */
export function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** @template T @param {T | undefined} value @returns {value is T} */
export function isThere(value) {
  return value !== undefined;
}

/** @param {Section} section @param {Entry} object */
function settledEntry({ fields, shape }, object) {
  const typed = fields.map((field) => shown(field, object[field.name]));
  return entry(
    fields,
    typed,
    shape === "top"
      ? {}
      : others(
          object,
          fields.map(({ name }) => name),
        ),
  );
}
