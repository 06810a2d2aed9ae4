// What is shown: elements out of plain values, and amounts and dates in the language of the user. Text goes in as text nodes only,
// so nothing that a person typed is ever read as markup.

import { language, t } from "./words.js";
/** @import { Child, Person, Props, Regular } from "./types.js" */

/**
 * An HTML element. A function under `onclick` and the like is a listener, `true` an empty attribute, `false` and `null` none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  return dress(document.createElement(tag), props, children);
}

/**
 * An SVG element.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(tag, props = {}, ...children) {
  return dress(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

/** Puts these in place of what an element holds. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...shown(children));
}

/** An id that no other element has. @param {string} stem */
export function freshId(stem) {
  count += 1;
  return `${stem}-${count}`;
}

let count = 0;

/** @template {Element} E @param {E} element @param {Props} props @param {Child[]} children */
function dress(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "value") /** @type {any} */ (element).value = value ?? "";
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...shown(children));
  return element;
}

/** @param {Child[]} children */
function shown(children) {
  return children
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

const locales = { nl: "nl-NL", en: "en-GB" };
/** Time is Dutch time, wherever the screen is. */
const zone = "Europe/Amsterdam";

/** Making a formatter costs far more than using it, and a list uses the same three for every row. @type {Map<string, { format: (value: any) => string }>} */
const formatters = new Map();

/** `€ 1.234,56`; whole euros without cents when `whole` is asked for. @param {number} cents @param {{ whole?: boolean }} [options] */
export function money(cents, { whole = false } = {}) {
  const digits = whole ? 0 : 2;
  return number({ style: "currency", currency: "EUR", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(cents / 100);
}

/** `100.000.000` @param {number} whole */
export function grouped(whole) {
  return number({}).format(whole);
}

/** `1.234,56`, for a box to type in. @param {number} cents */
export function typedMoney(cents) {
  return number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(cents / 100);
}

/** `30-04-1975` out of `1975-04-30`. @param {string} iso */
export function typedDate(iso) {
  return iso.split("-").reverse().join("-");
}

/** `3,85` out of `3.85`, for a box to type in. @param {string} percent */
export function typedPercent(percent) {
  return language() === "nl" ? percent.replace(".", ",") : percent;
}

/** `24 november 2026 om 13:05 uur`, as mails say it; in the hour that clocks show twice, with which of both. @param {string} moment RFC 3339 */
export function dateTime(moment) {
  const at = t("moment.clock", { at: moments({ dateStyle: "long", timeStyle: "short", timeZone: zone }).format(new Date(moment)) });
  const half = halfOf(moment);
  return half === null ? at : t(`moment.in_${half}`, { at });
}

const HOUR = 3_600_000;

/** Whether Dutch clocks show it in summer or in winter time; nothing where they show it once. @param {string} moment RFC 3339 */
function halfOf(moment) {
  const shown = typedMoment(moment);
  const isShownAt = (/** @type {number} */ hours) => typedMoment(new Date(Date.parse(moment) + hours * HOUR).toISOString()) === shown;
  return isShownAt(1) ? "summer" : isShownAt(-1) ? "winter" : null;
}

/** `24 november 2026 om 13:05 uur (Nederlandse tijd)`: where it matters in which country. @param {string} moment RFC 3339 */
export function dutchTime(moment) {
  return t("moment.zoned", { at: dateTime(moment) });
}

/** `24 nov 2026`. @param {string} moment RFC 3339 or a date */
export function date(moment) {
  return moments({ dateStyle: "medium", timeZone: moment.length === 10 ? "UTC" : zone }).format(new Date(moment));
}

/** `24 november 2026`, for a sentence. @param {string} moment RFC 3339 or a date */
export function longDate(moment) {
  return moments({ dateStyle: "long", timeZone: moment.length === 10 ? "UTC" : zone }).format(new Date(moment));
}

/** `2026-11-23T10:00` in Dutch time. @param {string} moment */
export function typedMoment(moment) {
  const parts = { dateStyle: "short", timeStyle: "short", timeZone: zone };
  const made = () => new Intl.DateTimeFormat("sv-SE", /** @type {Intl.DateTimeFormatOptions} */ (parts));
  return kept({ ...parts, locale: "sv-SE" }, made)
    .format(new Date(moment))
    .replace(" ", "T");
}

/** What the window and the history call the screen: fixed words, never a person's name. @param {string} [title] */
export function entitle(title) {
  document.title = title === undefined ? "FinRust" : `${title} · FinRust`;
}

/** @param {Intl.NumberFormatOptions} options */
function number(options) {
  return kept(options, () => new Intl.NumberFormat(locales[language()], options));
}

/** @param {Intl.DateTimeFormatOptions} options */
function moments(options) {
  return kept(options, () => new Intl.DateTimeFormat(locales[language()], options));
}

/** @param {object} options @param {() => { format: (value: any) => string }} make */
function kept(options, make) {
  const key = language() + JSON.stringify(options);
  const found = formatters.get(key) ?? make();
  formatters.set(key, found);
  return found;
}

/**
 * An account, for a user who has to decide something about it: the name that it has chosen, and the username, which nobody else has. What is
 * in brackets is always that: brackets of the chosen name are dropped, in any script, also where no username is known. Mails say it the
 * same way (`tests/cases/called.json`).
 * @param {string} name @param {string | null | undefined} username
 */
export function called(name, username) {
  const chosen = name.replaceAll(/[\p{Ps}\p{Pe}]/gu, "").trim();
  return username ? `${chosen} (${username})`.trim() : chosen;
}

/** Parts of the year that an amount comes round in; without a period it is monthly. @type {Record<string, number>} */
const times = { week: 52, four_weeks: 13, month: 12, quarter: 4, year: 1 };
const MONTHS = 12;

/** The full name as the list has it: `Anna van Dijk`, or `A.B. van Dijk` without first name. @param {Person} person */
export function fullName({ first_name, initials, prefix, last_name }) {
  return [first_name ?? initials, prefix, last_name].filter(Boolean).join(" ");
}

/** What these come to in a month, rounded once, half a cent away from zero: the way the server does it. @param {Regular[]} flows */
export function monthly(flows) {
  const year = flows.reduce((sum, { amount_cents = 0, period = "month" }) => sum + amount_cents * (times[period] ?? MONTHS), 0);
  return Math.sign(year) * Math.floor((Math.abs(year) + MONTHS / 2) / MONTHS);
}
