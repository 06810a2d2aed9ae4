// Nothing lies over anything: a click goes where it is aimed, on every screen and at every width.
import assert from "node:assert/strict";
import { aside } from "../cdp.mjs";
import { stocked } from "../every_screen.mjs";
import { ENGINES, walked } from "../engines.mjs";
import { until } from "../engine.mjs";
import { Hands } from "../hands.mjs";
import { HIDDEN, TOLD, WIDE } from "../over.mjs";
import { check, story } from "../story.mjs";
import { signIn } from "../walks.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const WIDTHS = [360, 700, 900, 1020, 1300];
const LOADED = "main h1";

/** @param {Page} page @param {string} path */
async function look(page, path) {
  await page.goto(`/#/${path}`);
  await page.locator(LOADED).first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
  const found = (await aside(page, TOLD)).map((/** @type {string} */ what) => `${path}: ${what}`);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 700 });
    found.push(...(await aside(page, HIDDEN)).map((/** @type {string} */ what) => `${path} at ${width} px: ${what}`));
    const wide = await aside(page, "document.documentElement.scrollWidth");
    if (wide > width) found.push(`${path} at ${width} px is ${wide} px wide`);
  }
  return found;
}

for (const access of ["adviser", "officer"]) {
  story(`every link, button and box of every screen is what a click on it hits: ${access}`, async (world) => {
    const { person, paths } = await stocked(world, access);
    await world.signIn(person);
    const found = [];
    for (const path of paths) found.push(...(await look(world.page, path)));
    assert.deepEqual(found, []);
  });
}

/** Where the sessions once ran off the screen, and a phone. */
const FEW = [360, 800];

for (const name of ENGINES) {
  for (const access of ["adviser", "officer"]) {
    check(`every link, button and box of every screen is what a click on it hits, in ${name}: ${access}`, () => walked(name, async (engine, { origin, people, server }) => {
      const { person, paths } = await stocked({ people, server }, access);
      await engine.size(1280, 800);
      await signIn(new Hands(engine, "mouse"), origin, person);
      await new Hands(engine, "mouse").sees("//nav");
      const found = [];
      for (const width of FEW) {
        await engine.size(width, 700);
        for (const path of paths) {
          await engine.run(`location.hash = "#/${path}"`);
          await until(async () => assert.ok(await engine.run("return document.querySelector('main h1') !== null && document.querySelector('main [aria-busy=true]') === null")));
          found.push(...(await engine.run(`return ${HIDDEN}`)).map((/** @type {string} */ what) => `${path} at ${width} px: ${what}`));
          const wide = await engine.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
          if (wide > 0) found.push(`${path} at ${width} px is ${wide} px too wide: ${await engine.run(WIDE)}`);
        }
      }
      assert.deepEqual(found, []);
    }));
  }
}

story("a row of clients hands its click to its link, with its keys, and lets its text be selected", async (world) => {
  const { person } = await stocked(world, "adviser");
  await world.signIn(person);
  const { page } = world;
  await page.goto("/#/clients");
  const row = page.getByRole("row", { name: "Bos" });
  const cell = row.getByRole("cell").last();
  const to = await row.getByRole("link").getAttribute("href");
  for (const how of [{ modifiers: /** @type {("Control" | "Meta" | "Shift")[]} */ (["Control"]) }, { button: /** @type {const} */ ("middle") }, { modifiers: /** @type {("Shift")[]} */ (["Shift"]) }]) {
    const [tab] = await Promise.all([page.context().waitForEvent("page"), cell.click(how)]);
    await tab.waitForURL(`**/${to}`);
    assert.match(page.url(), /#\/clients$/u);
    await tab.close();
  }
  const box = await cell.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + box.width - 20, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  assert.notEqual(await page.evaluate(() => getSelection()?.toString().trim()), "");
  assert.match(page.url(), /#\/clients$/u);
  await row.getByRole("cell").first().click();
  await page.waitForURL(`**/${to}`);
});
