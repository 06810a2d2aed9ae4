// A screen as people see it: on a desktop and on a phone, in daylight and in the dark.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sniffed, violations } from "./axe.mjs";
import { aside } from "./cdp.mjs";
import { screens } from "./tools.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {"light" | "dark"} Scheme */

export const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };
const SIZES = { desktop: DESKTOP, 360: PHONE };
/** @type {Scheme[]} */
const SCHEMES = ["light", "dark"];
/** The fonts are there, and what was changed has been drawn. */
const DRAWN = "document.fonts.ready.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))))";

/**
 * Fails when axe finds something wrong with the page, in either scheme, or HTML_CodeSniffer in one of them.
 * @param {Page} page
 * @param {string} name
 */
export async function accessible(page, name) {
  const found = await inSchemes(page, async (scheme) => (await violations(page, { coloursOnly: scheme === "dark" })).map((violation) => `${name}, ${scheme}: ${violation}`));
  found.push(...(await sniffed(page)).map((error) => `${name}: ${error}`));
  if (found.length > 0) throw new Error(`not accessible:\n${found.join("\n")}`);
}

/**
 * Writes `<name>-<size>-<scheme>.png` for both sizes and schemes, for somebody to look at: with `FINRUST_PICTURES`, since they take longer than
 * all that is judged.
 * @param {Page} page
 * @param {string} name
 * @param {boolean} [isWanted]
 */
export async function screenshot(page, name, isWanted = Boolean(process.env.FINRUST_PICTURES)) {
  if (!isWanted) return;
  mkdirSync(screens, { recursive: true });
  for (const [size, viewport] of Object.entries(SIZES)) {
    await atSize(page, viewport, () =>
      inSchemes(page, async (scheme) => {
        await page.screenshot({ path: join(screens, `${name}-${size}-${scheme}.png`), fullPage: true, caret: "initial" });
        return [];
      }),
    );
  }
}

/**
 * Fails when a phone would have to scroll sideways (WCAG 2.2, 1.4.10).
 * @param {Page} page
 * @param {string} name
 */
export async function fits(page, name) {
  const width = await atSize(page, PHONE, () => aside(page, "document.documentElement.scrollWidth"));
  if (width > PHONE.width) throw new Error(`${name} is ${width} px wide on a screen of ${PHONE.width} px`);
}

/**
 * @template T
 * @param {Page} page
 * @param {{width: number, height: number}} viewport
 * @param {() => Promise<T>} look
 * @returns {Promise<T>}
 */
async function atSize(page, viewport, look) {
  const before = page.viewportSize() ?? DESKTOP;
  await page.setViewportSize(viewport);
  await aside(page, DRAWN);
  try {
    return await look();
  } finally {
    await page.setViewportSize(before);
  }
}

/**
 * What a look in each scheme finds, after which the page's own is back.
 * @param {Page} page
 * @param {(scheme: Scheme) => Promise<string[]>} look
 */
async function inSchemes(page, look) {
  const dark = await aside(page, 'matchMedia("(prefers-color-scheme: dark)").matches');
  const found = [];
  try {
    for (const scheme of SCHEMES) {
      await page.emulateMedia({ colorScheme: scheme });
      await aside(page, DRAWN);
      found.push(...(await look(scheme)));
    }
  } finally {
    await page.emulateMedia({ colorScheme: dark ? "dark" : "light" });
  }
  return found;
}
