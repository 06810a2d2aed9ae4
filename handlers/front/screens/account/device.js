// What a browser says it is, in the words of its user. It may say anything, so nothing here is more than a hint.

import { t } from "../../core/text.js";

/** The first that fits: many name their ancestors as well. @type {[RegExp, string][]} */
const browsers = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/(?:\bChrome|\bCriOS|\bChromium|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
/** @type {[RegExp, string][]} */
const systems = [
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
  const browser = first(browsers, agent);
  const system = first(systems, agent);
  if (browser && system) return t("account.browser_on_system", { browser, system });
  return browser ?? system ?? t("account.unknown_device");
}

/** @param {[RegExp, string][]} known @param {string | null} agent */
function first(known, agent) {
  return known.find(([pattern]) => agent !== null && pattern.test(agent))?.[1];
}
