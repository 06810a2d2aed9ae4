// What stands on printed pages, and where: read back out of the PDF by poppler's `pdftotext`.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pdftotext, screens } from "./tools.mjs";

/** @typedef {{words: string, top: number, bottom: number}} Line in millimetres from the top of the page */
/** @typedef {{height: number, lines: Line[]}} Page */

const MILLIMETRE = 72 / 25.4;

/** Keeps a PDF beside the pictures of screens, and reads it. @param {Uint8Array} pdf @param {string} name @returns {Page[]} */
export function read(pdf, name) {
  mkdirSync(screens, { recursive: true });
  const path = join(screens, `${name}.pdf`);
  writeFileSync(path, pdf);
  const layout = execFileSync(pdftotext, ["-bbox-layout", path, "-"], { encoding: "utf8" });
  return layout.split("<page ").slice(1).map((page) => ({ height: number(page, "height"), lines: page.split("<line ").slice(1).map(line) }));
}

/** @param {string} text @returns {Line} */
function line(text) {
  const words = [...text.matchAll(/<word [^>]*>([^<]*)</gu)].map(([, word = ""]) => word).join(" ");
  return { words, top: number(text, "yMin"), bottom: number(text, "yMax") };
}

/** @param {string} text @param {string} name */
function number(text, name) {
  return Number(new RegExp(`${name}="([\\d.]+)"`, "u").exec(text)?.[1]) / MILLIMETRE;
}

/**
 * The words that stand at the foot of a page, other than the last, though they are about what follows: a heading, or all that the head of a table says.
 * @param {Page[]} pages @param {string[]} headings
 */
export function stranded(pages, headings) {
  const feet = pages.slice(0, -1).map(({ lines }) => {
    const lowest = Math.max(0, ...lines.map(({ bottom }) => bottom));
    return lines.filter(({ bottom }) => lowest - bottom < LINE).map(({ words }) => words);
  });
  return feet.filter((words) => words.length > 0 && words.every((one) => headings.includes(one))).map((words) => words.join(" "));
}

/** Words whose feet are this near stand in one line. */
const LINE = 1.5;
/** At least so much of a page has something on it, unless it is the last. */
const FILLED = 0.4;
/** The margin of the style sheet, less what letters stick out of their line. */
const MARGIN = 15;

/** What is wrong with printed pages: nothing on one, or a line that its edge cuts. @param {Page[]} pages @param {string[]} wanted what stands on them somewhere */
export function flaws(pages, wanted) {
  const all = pages.flatMap(({ lines }) => lines.map(({ words }) => words)).join("\n");
  const found = wanted.filter((words) => !all.includes(words)).map((words) => `${words} is nowhere`);
  for (const [index, { height, lines }] of pages.entries()) {
    const lowest = Math.max(0, ...lines.map(({ bottom }) => bottom));
    const isLast = index === pages.length - 1;
    if (lines.length === 0) found.push(`page ${index + 1} is empty`);
    if (!isLast && lowest < height * FILLED) found.push(`page ${index + 1} of ${pages.length} ends at ${lowest.toFixed()} mm of ${height.toFixed()}: ${lines.at(-1)?.words}`);
    found.push(...lines.filter(({ top, bottom }) => top < MARGIN || bottom > height - MARGIN).map(({ words, top }) => `page ${index + 1} cuts “${words}” at ${top.toFixed()} mm`));
    const next = pages[index + 1]?.lines[0]?.words;
    if (next !== undefined && next.length > 3 && next === lines.at(-1)?.words) found.push(`“${next}” is at the foot of page ${index + 1} and at the head of the next`);
  }
  return found;
}
