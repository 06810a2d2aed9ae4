// Who tried to sign in to an account, and what a browser says it is.

import { dateTime, h } from "./show.js";
import { pages } from "./paged.js";
import { badge, table } from "./pieces.js";
import { knows, t } from "./words.js";
/** @import { Attempt } from "./types.js" */

/** Steps on the way, and what says nothing about who it was. */
const NEUTRAL = new Set(["password_correct", "one_time_password", "overloaded", "confirmed_password"]);

/** @param {string} path of the list */
export function attemptList(path) {
  return pages({ path, listed, none: t("account.no_attempts"), more: t("account.older") });
}

/** @param {Attempt[]} items */
function listed(items) {
  const columns = ["account.when", "account.what", "account.device", "account.ip"].map((key) => ({ words: t(key) }));
  return table({ caption: t("account.attempts"), columns, rows: items.map(row) });
}

/** @param {Attempt} attempt */
function row({ at, outcome, ip, user_agent: agent, count }) {
  const words = knows(`outcome.${outcome}`) ? t(`outcome.${outcome}`) : outcome;
  const times = count > 1 && h("span", { class: "soft" }, ` ${t("account.times", { count })}`);
  return [dateTime(at), h("span", {}, badge(words, kind(outcome)), times), device(agent), ip ?? t("account.unknown")];
}

/** @param {string} outcome */
function kind(outcome) {
  if (outcome === "signed_in" || outcome === "passkey") return "";
  return NEUTRAL.has(outcome) ? "plain" : "warn";
}

/** The first that fits: many name their ancestors as well. @type {[RegExp, string][]} */
const BROWSERS = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/(?:\bChrome|\bCriOS|\bChromium|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/\bWindows\b/, "Windows"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bMac OS X\b|\bMacintosh\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
];

/** @param {string | null} agent */
export function device(agent) {
  const browser = first(BROWSERS, agent);
  const system = first(SYSTEMS, agent);
  if (browser && system) return t("account.browser_on_system", { browser, system });
  return browser ?? system ?? t("account.unknown_device");
}

/** @param {[RegExp, string][]} known @param {string | null} agent */
function first(known, agent) {
  return known.find(([pattern]) => agent !== null && pattern.test(agent))?.[1];
}
