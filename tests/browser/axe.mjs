// Judges a screen by the Web Content Accessibility Guidelines, as far as a program can.
import { readFileSync } from "node:fs";
import { aside } from "./cdp.mjs";
import { required } from "./tools.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{id: string, impact: string, help: string, nodes: {target: string[], failureSummary: string}[]}} Violation */

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];
const SOURCE = () => readFileSync(required.resolve("axe-core/axe.min.js"), "utf8");

/** What depends on colours; whatever else is wrong is wrong in every scheme. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/**
 * What is wrong with the page as it is shown now.
 * @param {Page} page
 * @param {{coloursOnly?: boolean}} [options] `coloursOnly`: the rest has been judged in another scheme
 * @returns {Promise<string[]>}
 */
export async function violations(page, { coloursOnly = false } = {}) {
  const options = JSON.stringify({ runOnly: coloursOnly ? { type: "rule", values: COLOURS } : TAGS, resultTypes: ["violations"] });
  // What sticks to an edge lies over whatever scrolls below it, as it has to: it is judged where it belongs.
  const loosened = `const stuck = [...document.querySelectorAll("body *")].filter((one) => getComputedStyle(one).position === "sticky");
    for (const one of stuck) one.style.position = "static";`;
  const judged = `(async () => { ${loosened} const found = await axe.run(document, ${options}); for (const one of stuck) one.style.position = ""; return JSON.stringify(found.violations); })()`;
  const json = await aside(page, `${SOURCE()};\n${judged}`);
  return /** @type {Violation[]} */ (JSON.parse(json)).map(readable);
}

const SNIFFER = () => readFileSync(required.resolve("html_codesniffer/build/HTMLCS.js"), "utf8");

/**
 * What HTML_CodeSniffer calls an error of level AA; what it only has doubts about is not asked for. It takes the
 * addresses of screens, which stand behind `#/`, for places on the page.
 * @param {Page} page
 * @returns {Promise<string[]>}
 */
export async function sniffed(page) {
  const read = `new Promise((done) => HTMLCS.process("WCAG2AA", document, () => done(JSON.stringify(HTMLCS.getMessages()
    .filter(({ type, code, element }) => type === HTMLCS.ERROR && !(code.endsWith("NoSuchID") && element.getAttribute("href").startsWith("#/")))
    .map(({ code, msg, element }) => code + ": " + msg + " " + (element.outerHTML ?? "").slice(0, 160))))))`;
  return JSON.parse(await aside(page, `${SNIFFER()};\n${read}`)).map((/** @type {string} */ error) => error.replace(/\s+/gu, " "));
}

/** @param {Violation} violation */
function readable({ id, impact, help, nodes }) {
  const places = nodes.map(({ target, failureSummary }) => `    ${target.join(" ")}: ${failureSummary.replace(/\s+/gu, " ")}`);
  return [`${impact} ${id}: ${help}`, ...places].join("\n");
}
