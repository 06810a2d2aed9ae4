// What is meant by what was typed: amounts, days, percentages. What can be read in two ways is read in none. The import of tables reads the same
// way: both are held against `tests/cases/`. This file imports nothing.

/** Nobody sees these, so nobody typed them: they come with what is copied. Those that join letters stay. */
const UNSEEN = /(?![\u200c\u200d\ufe00-\ufe0f\u{e0100}-\u{e01ef}\u180b-\u180d\u180f])\p{Default_Ignorable_Code_Point}/gu;

/** Text without what nobody sees. @param {string} typed */
export function seen(typed) {
  return typed.replace(UNSEEN, "");
}

/**
 * The same where a value has a form: one kind of blank, one kind of hyphen, nothing around it. Between the digits of two cells stands a tab or the
 * end of a line, which is no blank: two amounts are not one.
 * @param {string} typed
 */
export function plain(typed) {
  const bare = typed.replace(/\p{Default_Ignorable_Code_Point}/gu, "").replace(/^[\s\u0085]+|[\s\u0085]+$/g, "");
  return bare.replace(/[^\S\t-\r\u2028\u2029]/g, " ").replace(/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, "-");
}

/** Lines with a tab between them, which a box of one line keeps. @param {string} pasted */
export function inOneLine(pasted) {
  return /[\n-\r\u0085\u2028\u2029]/.test(pasted) ? pasted.trim().replace(/[\t ]*[\n-\r\u0085\u2028\u2029]+[\t ]*/g, "\t") : pasted;
}

/**
 * Cents out of what was typed; `undefined` when it is no amount, or could be two: behind a comma stand one or two digits, and so behind a dot
 * unless it separates thousands.
 * @param {string} typed
 * @returns {number | undefined}
 */
export function parseMoney(typed) {
  const [, before = "", between = "", core = "", behind = "", unit] =
    /^(-?) *(?:€|EUR)? *(-?) *([\d., ]*\d(?:,--?)?)( *-)? *(€|EUR)?$/i.exec(plain(typed)) ?? [];
  if (core === "") return /^(?:€|EUR) *-$/i.test(plain(typed)) ? 0 : undefined;
  const hasUnit = /^-? *(?:€|EUR)/i.test(plain(typed));
  if ((unit !== undefined && hasUnit) || [before, between, behind].filter(Boolean).length > 1) return undefined;
  // `5-` may be `5,-` with a letter too few.
  if (behind !== "" && !/[.,]\d{1,2}$/.test(core)) return undefined;
  const cents = centsOf(core.trim());
  return before + between + behind === "" || cents === 0 || cents === undefined ? cents : -cents;
}

/** @param {string} core digits and separators */
function centsOf(core) {
  const [, whole = core, mark = "", fraction = ""] = /^(.*)([.,])(\d{1,2}|--?)$/.exec(core) ?? [];
  if (mark === "") return euros(core, ". ") ?? (core.split(",").length > 2 ? euros(core, ",") : undefined);
  const rest = whole === "" ? 0 : euros(whole, mark === "," ? ". " : ", ");
  return rest === undefined ? undefined : rest + Number(fraction.replace(/-/g, "0").padEnd(2, "0"));
}

/** Whole euros in cents, where one of these separators may stand between thousands. @param {string} whole @param {string} separators */
function euros(whole, separators) {
  if (/^\d+$/.test(whole)) return Number(whole) * 100;
  const mark = [...separators].find((one) => whole.includes(one)) ?? "";
  const [first = "", ...groups] = whole.split(mark || "none");
  const isGrouped = /^[1-9]\d{0,2}$/.test(first) && groups.length > 0 && groups.every((group) => /^\d{3}$/.test(group));
  return isGrouped ? Number(first + groups.join("")) * 100 : undefined;
}

/** A decimal text out of `3,85`, `3.85` or `3,85 %`; `undefined` when it is none. @param {string} typed @returns {string | undefined} */
export function parsePercent(typed) {
  const bare = plain(typed).replace(/ *%$/, "").replace(",", ".");
  return /^-?\d{1,3}(\.\d{1,4})?$/.test(bare) ? bare : undefined;
}

/** An address, also when it was copied from a link. @param {string} typed */
export function readEmail(typed) {
  const bare = plain(typed);
  return /^mailto:/i.test(bare) ? bare.slice(7).replace(/\?.*$/s, "").trim() : bare;
}

/** A telephone number, also when it was copied from a link. @param {string} typed */
export function readPhone(typed) {
  return plain(typed).replace(/^tel:[\s\u0085]*/i, "");
}

/** A citizen service number without what stands between its digits. @param {string} typed */
export function readBsn(typed) {
  return plain(typed).replace(/[ .-]/g, "");
}

/** A Dutch postcode gets its one spelling; others stay as they are. @param {string} typed */
export function readPostcode(typed) {
  return plain(typed).replace(/^(\d{4})[ -]*([a-z]{2})$/i, (_, digits, letters) => `${digits} ${letters.toUpperCase()}`);
}

/** Each month in Dutch and in English, whole and short. */
const MONTHS =
  "januari january jan|februari february feb|maart march mrt mar|april apr|mei may|juni june jun|juli july jul|augustus august aug|september sept sep|oktober october okt oct|november nov|december dec"
    .split("|")
    .map((names) => names.split(" "));

/**
 * An ISO date out of `30-4-1975`, `30/04/1975`, `30 april 1975`, `30041975`, `1975/04/30` and the like; `undefined` when it is none. Whether the
 * day exists is for the server to say.
 * @param {string} typed
 * @returns {string | undefined}
 */
export function parseDate(typed) {
  const bare = plain(typed).toLowerCase();
  const [, d = "", m = "", y = ""] = /^(\d{2})(\d{2})(\d{4})$/.exec(bare) ?? [];
  const parts = y === "" ? bare.split(/[-/. ]+/) : [d, m, y];
  const [day = "", month = "", year = ""] = /^\d{4}$/.test(parts[0] ?? "") ? parts.toReversed() : parts;
  const number = parts[0] === year ? month : String(MONTHS.findIndex((names) => names.includes(month)) + 1 || month);
  const isDate = parts.length === 3 && /^\d{1,2}$/.test(day) && /^\d{1,2}$/.test(number) && /^\d{4}$/.test(year);
  return isDate ? `${year}-${number.padStart(2, "0")}-${day.padStart(2, "0")}` : undefined;
}

/**
 * `2026-11-23T10:00` out of `23-11-2026 10:00`, `23 november 2026 om 10.00 uur` and the like, as a clock shows it; `undefined` when it is none.
 * @param {string} typed
 * @returns {string | undefined}
 */
export function parseMoment(typed) {
  // A day and a time in two cells are one moment.
  const bare = plain(typed.replace(/[\t-\r]+/g, " "))
    .toLowerCase()
    .replace(/^(\d{4}-\d{2}-\d{2})t/, "$1 ");
  const [, day = "", hour = "", minute = ""] = /^(.*\d),? +(?:om |at )?(\d{1,2})[:.](\d{2})(?: ?(?:uur|u))?$/.exec(bare) ?? [];
  const date = parseDate(day);
  return date === undefined || Number(hour) > 23 || Number(minute) > 59 ? undefined : `${date}T${hour.padStart(2, "0")}:${minute}`;
}
