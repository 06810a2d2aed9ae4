// What a client file consists of: every section with its fields, the kinds of values, and the file as plain values. Forms, comparing and merging follow it.

import { date, money, typedDate, typedMoney, typedPercent } from "../../core/show.js";
import { parseDate, parseMoney, parsePercent, readBsn, readEmail, readPhone, readPostcode } from "../../core/values.js";
import { language, t } from "../../core/words.js";
/** @import { Description, Entry, Kind, Section, Way } from "./types.js" */

/** @type {Description} */
const LAST_NAME = { name: "last_name", kind: "text" };
/** @type {Description} */
const FIRST_NAME = { name: "first_name", kind: "text" };
/** @type {Description} */
const PREFIX = { name: "prefix", kind: "text", hint: "file.hint.prefix", width: 2 };
/** @type {Description} */
const BIRTH_DATE = { name: "birth_date", kind: "date", hint: "file.hint.date" };
const MARITAL = ["single", "cohabiting", "registered_partnership", "married", "legally_separated", "divorced", "widowed", "other"];

/** @param {Description} lastName @returns {Description[]} */
const person = (lastName) => [
  { name: "initials", kind: "text", width: 2 },
  FIRST_NAME,
  PREFIX,
  lastName,
  BIRTH_DATE,
  { name: "bsn", kind: "bsn", hint: "file.hint.bsn" },
  { name: "marital_status", kind: "choice", words: "marital_status", values: MARITAL },
  { name: "email", kind: "email", width: 6 },
  { name: "phone", kind: "phone", width: 6 },
];

/** @type {Description} */
const DESCRIPTION = { name: "description", kind: "text" };
/** @type {Description} */
const PERIOD = {
  name: "period",
  kind: "choice",
  words: "period",
  values: ["week", "four_weeks", "month", "quarter", "year"],
  preset: "month",
};

/** @param {string} words @param {string} values @returns {Description} */
const sort = (words, values) => ({ name: "kind", kind: "choice", words, values: values.split(" ") });
/** @param {string} name @returns {Description} */
const euros = (name) => ({ name, kind: "amount" });

const INCOMES = "employment self_employment pension state_pension benefit allowance alimony rent investment other";
const EXPENSES =
  "housing energy insurance health household transport communication children education tax loan_repayment alimony saving leisure other";
const ASSETS = "property savings investment pension life_insurance business vehicle crypto receivable other";
const DEBTS = "mortgage student_loan personal_loan revolving_credit credit_card vehicle_loan business_loan family_loan tax other";

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
  { name: "incomes", shape: "list", fields: [DESCRIPTION, sort("income_kind", INCOMES), euros("amount_cents"), PERIOD] },
  { name: "expenses", shape: "list", fields: [DESCRIPTION, sort("expense_kind", EXPENSES), euros("amount_cents"), PERIOD] },
  { name: "assets", shape: "list", fields: [DESCRIPTION, sort("asset_kind", ASSETS), euros("value_cents")] },
  {
    name: "debts",
    shape: "list",
    fields: [DESCRIPTION, sort("debt_kind", DEBTS), euros("balance_cents"), { name: "interest_percent", kind: "percent" }],
  },
  { name: "notes", shape: "top", fields: [{ name: "notes", kind: "block", width: 12 }] },
];

/** @type {Way} */
const text = { show: String, read: (typed) => typed, words: String };

/** @type {Way} */
const choice = {
  ...text,
  words: (value, { values = [], words }) => (values.includes(value) ? t(`${words}.${value}`) : value),
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
  date: { show: typedDate, read: parseDate, words: date, parts: { isFormed: true }, wrong: "file.wrong.date" },
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
    words: (value) => `${typedPercent(value)} %`,
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
  const { kind, values = [], preset } = description;
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
/** Each first letter with the second ones that follow it. */
const OTHERS =
  "ADEFGILMOQRSTUXZ BABDFGHIJLMNORSTWYZ CACDFGHIKLMNORUVXYZ DJKMOZ ECEGHRT FIJKMO GADEFGHILMNPQRSTUWY HKNRTU IDELMNOQRS JEMOP KEGHIMNPRWYZ LABCIKRSTVY MACDEFGHKLMNOPQRSTUVWXYZ NACEFGIOPRUZ OM PAEFGHKLMNRSWY QA REOSUW SABCDEGHIJKLMNORSTVYZ TCDGHJKLMNORTVWZ UAGSYZ VACEGINU WFS XK YET ZAMW";

/** What a box offers once it is used. @param {Description} description @returns {(() => [string, string][]) | undefined} */
export function moreOptions({ kind }) {
  return kind === "country" ? countries : undefined;
}

/** Code and name of each: those nearby first, then all others by name. @returns {[string, string][]} */
function countries() {
  const names = nameBook();
  const named = (/** @type {string} */ code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code]);
  const others = OTHERS.split(" ").flatMap(([first, ...seconds]) => seconds.map((second) => named(`${first}${second}`)));
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
