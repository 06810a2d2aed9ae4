// The kinds of values: how each stands in its box, how what was typed is read, and how it reads in a sentence.

import { date, money, parseDate, parseMoney, parsePercent, typedDate, typedMoney, typedPercent } from "../../core/format.js";
import { t } from "../../core/text.js";
import { countries, countryName } from "./countries.js";

/** @typedef {"text" | "email" | "phone" | "block" | "bsn" | "postcode" | "choice" | "country" | "date" | "amount" | "percent"} Kind */
/** @typedef {import("./schema.js").Description} Description */
/**
 * @typedef {object} Way
 * @property {(value: any) => string} show in its box
 * @property {(typed: string) => unknown} read `undefined` when it cannot be read
 * @property {(value: any, description: Description) => string} words outside of a box
 * @property {Partial<import("../../core/field.js").FieldParts>} [parts] of the box
 * @property {string} [wrong] key of what to say when it cannot be read, or when the server cannot
 */

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
  email: { ...text, parts: { inputmode: "email" }, wrong: "file.wrong.email" },
  phone: { ...text, parts: { inputmode: "tel" }, wrong: "file.wrong.phone" },
  block: { ...text, show: (value) => value.replace(/\r\n?/g, "\n"), parts: { type: "textarea", rows: 8 } },
  bsn: { ...text, read: (typed) => typed.replace(/[\s.-]/g, ""), parts: { inputmode: "numeric" }, wrong: "file.wrong.bsn" },
  postcode: { ...text, read: postcode, wrong: "file.wrong.postcode" },
  choice,
  country: { ...text, words: countryName, parts: { type: "select" } },
  date: { show: typedDate, read: parseDate, words: date, parts: { inputmode: "numeric" }, wrong: "file.wrong.date" },
  // Text in place of an amount is one that could not be read.
  amount: { show: (value) => (typeof value === "number" ? typedMoney(value) : String(value)), read: amount, words: (value) => money(value), parts: { inputmode: "decimal" }, wrong: "file.wrong.amount" },
  percent: { show: typedPercent, read: parsePercent, words: (value) => `${typedPercent(value)} %`, parts: { inputmode: "decimal" }, wrong: "file.wrong.percent" },
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
  const known = kind === "country" ? countries() : values.map((value) => [value, choice.words(value, description)]);
  if (present !== "" && !known.some(([value]) => value === present)) known.push([present, present]);
  return preset === undefined ? [["", t("file.empty")], ...known] : known;
}

/** What is left of the amounts that a number holds to the cent. @param {string} typed */
function amount(typed) {
  const cents = parseMoney(typed);
  return Number.isSafeInteger(cents) ? cents : undefined;
}

/** A Dutch one gets its one spelling; others stay as they are. @param {string} typed */
function postcode(typed) {
  return typed.replace(/^(\d{4})\s*([a-z]{2})$/i, (_, digits, letters) => `${digits} ${letters.toUpperCase()}`);
}
