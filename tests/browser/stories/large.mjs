// Letters of twice the size, and the keyboard: nothing is cut off, nothing lies over other words, and what has the focus is in sight (WCAG 1.4.4,
// 1.4.10, 2.4.11).
import assert from "node:assert/strict";
import { aside } from "../cdp.mjs";
import { stocked } from "../every_screen.mjs";
import { CUT, HIDDEN, UNSEEN, WATCH_FOCUS, WIDE } from "../over.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** Phones, upright and lying down. */
const PHONES = [{ width: 360, height: 740 }, { width: 390, height: 844 }, { width: 740, height: 360 }, { width: 844, height: 390 }];
const DOUBLE = 32;

/** As people make letters larger: in the settings of their browser, or those of this page alone. @type {Record<string, (page: Page) => Promise<unknown>>} */
const WAYS = {
  browser: async (page) => (await page.context().newCDPSession(page)).send("Page.setFontSizes", { fontSizes: { standard: DOUBLE, fixed: DOUBLE } }),
  page: (page) => page.evaluate((size) => void (document.documentElement.style.fontSize = `${size}px`), DOUBLE),
};

/** @param {Page} page @param {string} path */
async function at(page, path) {
  await page.goto(`/#/${path}`);
  await page.locator("main h1").first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
}

for (const access of ["adviser", "officer"]) {
  for (const [how, enlarge] of Object.entries(WAYS)) {
    story(`letters of twice the size on a phone are read and pressed on every screen, set in the ${how}: ${access}`, async (world) => {
      const { person, paths } = await stocked(world, access);
      const { page } = world;
      await world.signIn(person);
      await page.goto("/#/account");
      await enlarge(page);
      const found = [];
      for (const path of paths) {
        await at(page, path);
        for (const size of PHONES) {
          await page.setViewportSize(size);
          const wrong = [...(await aside(page, CUT)), ...(await aside(page, HIDDEN))];
          const wide = (await aside(page, "document.documentElement.scrollWidth")) - size.width;
          if (wide > 0) wrong.push(`is ${wide} px too wide: ${await aside(page, `(() => {${WIDE}})()`)}`);
          found.push(...wrong.map((what) => `${path} at ${size.width} × ${size.height}: ${what}`));
        }
      }
      assert.equal(await aside(page, "parseFloat(getComputedStyle(document.documentElement).fontSize)"), DOUBLE);
      assert.equal(found.join("\n"), "");
    });
  }
}

const WINDOWS = [{ width: 360, height: 740 }, { width: 740, height: 360 }, { width: 800, height: 600 }, { width: 1280, height: 800 }];
/** Where the Tab key stops. */
const STOPS = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")].filter((one) => !one.disabled && one.checkVisibility()).length`;

/** Goes through all of a screen, and back. @param {Page} page @param {"Tab" | "Shift+Tab"} key */
async function through(page, key) {
  await aside(page, WATCH_FOCUS);
  const stops = await aside(page, STOPS);
  const session = await page.context().newCDPSession(page);
  const press = { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9, modifiers: key === "Tab" ? 0 : 8 };
  // All at once: the page takes one after the other, and whole forms are long.
  const both = Array.from({ length: stops }, () => [session.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...press }), session.send("Input.dispatchKeyEvent", { type: "keyUp", ...press })]);
  await Promise.all(both.flat());
  await session.detach();
  const { unseen, looked } = await aside(page, UNSEEN);
  assert.equal(looked, stops);
  return /** @type {string[]} */ (unseen);
}

for (const access of ["adviser", "officer"]) {
  story(`what has the focus is in sight on every screen: ${access}`, async (world) => {
    const { person, paths } = await stocked(world, access);
    const { page } = world;
    await world.signIn(person);
    const found = [];
    for (const path of paths) {
      await at(page, path);
      for (const size of WINDOWS) {
        await page.setViewportSize(size);
        await page.evaluate(() => (scrollTo(0, 0), /** @type {HTMLElement} */ (document.activeElement).blur()));
        for (const key of /** @type {const} */ (["Tab", "Shift+Tab"])) found.push(...(await through(page, key)).map((what) => `${path} at ${size.width} × ${size.height}, ${key}: ${what}`));
      }
    }
      assert.equal(found.join("\n"), "");
  });
}
