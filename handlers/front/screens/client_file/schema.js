// What a client file consists of: every section with its fields, in the order of the page. Forms, comparing and merging follow it.

/** @typedef {import("./kinds.js").Kind} Kind */
/**
 * @typedef {object} Description of one field
 * @property {string} name of the JSON member; its words are under `file.label`
 * @property {Kind} kind
 * @property {string} [words] section of the texts with the words of a choice's values
 * @property {string[]} [values] of a choice
 * @property {string} [preset] what an absent value stands for (`handlers/domain/client`)
 * @property {boolean} [required]
 * @property {string} [hint] a key of the texts
 * @property {number} [width] in twelfths of the page; in a row of a list every field has its column
 */
/**
 * @typedef {object} Section
 * @property {string} name of the JSON member; its words are under `file.section`
 * @property {"object" | "one" | "list" | "top"} shape `one`: an object that is often absent; `top`: fields of the file itself
 * @property {Description[]} fields
 */

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
const PERIOD = { name: "period", kind: "choice", words: "period", values: ["week", "four_weeks", "month", "quarter", "year"], preset: "month" };

/** @param {string} words @param {string} values @returns {Description} */
const sort = (words, values) => ({ name: "kind", kind: "choice", words, values: values.split(" ") });
/** @param {string} name @returns {Description} */
const amount = (name) => ({ name, kind: "amount" });

const INCOMES = "employment self_employment pension state_pension benefit allowance alimony rent investment other";
const EXPENSES = "housing energy insurance health household transport communication children education tax loan_repayment alimony saving leisure other";
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
  { name: "incomes", shape: "list", fields: [DESCRIPTION, sort("income_kind", INCOMES), amount("amount_cents"), PERIOD] },
  { name: "expenses", shape: "list", fields: [DESCRIPTION, sort("expense_kind", EXPENSES), amount("amount_cents"), PERIOD] },
  { name: "assets", shape: "list", fields: [DESCRIPTION, sort("asset_kind", ASSETS), amount("value_cents")] },
  {
    name: "debts",
    shape: "list",
    fields: [DESCRIPTION, sort("debt_kind", DEBTS), amount("balance_cents"), { name: "interest_percent", kind: "percent" }],
  },
  { name: "notes", shape: "top", fields: [{ name: "notes", kind: "block", width: 12 }] },
];
