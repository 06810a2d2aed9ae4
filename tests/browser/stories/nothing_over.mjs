// Nothing lies over anything: a click goes where it is aimed, on every screen and at every width.
import assert from "node:assert/strict";
import { aside } from "../cdp.mjs";
import { stocked } from "../every_screen.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const WIDTHS = [360, 700, 900, 1020, 1300];
const LOADED = "main h1";

/** What a click in the middle or at either end of each thing would hit instead. */
const HIDDEN = `(() => {
  const wrong = [];
  for (const thing of document.querySelectorAll("a[href], button, input, select, textarea, summary, label")) {
    if (!thing.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || thing.closest(".visually-hidden") || thing.matches(".skip")) continue;
    thing.scrollIntoView({ block: "center", inline: "center" });
    const [box] = thing.getClientRects();
    if (!box || box.width === 0) continue;
    for (const share of [0.5, 0.02, 0.98]) {
      const hit = document.elementFromPoint(box.left + box.width * share, box.top + box.height / 2);
      const isIt = hit && (thing === hit || thing.contains(hit) || hit.closest("label")?.control === thing);
      if (!isIt) wrong.push((thing.getAttribute("aria-label") ?? thing.textContent ?? "").trim().slice(0, 40) + " <" + thing.localName + "> is under " + (hit ? hit.localName + "." + hit.className : "nothing"));
    }
  }
  return [...new Set(wrong)];
})()`;

/** @param {Page} page @param {string} path */
async function look(page, path) {
  await page.goto(`/#/${path}`);
  await page.locator(LOADED).first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
  const found = [];
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
