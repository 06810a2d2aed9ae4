// A thousand client files: how soon the list can be used, and whether typing ever has to wait for it. The figures are printed.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ rows: number, asked: number, answered: number, long: number[], most: number, keys: number[] }} Measured */

const FILES = 1_000;
const WORD = "middelburg";
/** What holds on two cores is printed; this holds on any machine, in a debug build, with another story beside it. */
const USABLE = 2_000;

/**
 * Watches the page from its first moment. Times are those of events: the page's own clock is the story's to move.
 * @param {Page} page
 */
async function watch(page) {
  await page.addInitScript(() => {
    /** @type {Measured} */
    const measured = { rows: 0, asked: 0, answered: 0, long: [], most: 0, keys: [] };
    Reflect.set(globalThis, "measured", measured);
    new PerformanceObserver((list) => measured.long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
    new PerformanceObserver((list) => measured.keys.push(...list.getEntries().filter((entry) => entry.name === "keydown").map((entry) => entry.duration)))
      .observe({ type: "event", durationThreshold: 16 });
    new PerformanceObserver((list) => {
      const [found] = list.getEntries().filter((entry) => entry.name.endsWith("/api/clients/search"));
      if (found && measured.asked === 0) [measured.asked, measured.answered] = [found.startTime, /** @type {PerformanceResourceTiming} */ (found).responseEnd];
    }).observe({ type: "resource" });
    new MutationObserver(() => {
      const rows = document.querySelectorAll("tbody tr").length;
      measured.most = Math.max(measured.most, document.querySelectorAll("main *").length);
      if (rows > 0) measured.rows ||= new Event("now").timeStamp;
    }).observe(document, { childList: true, subtree: true });
  });
}

/** @param {Page} page @returns {Promise<Measured>} */
const measured = (page) => page.evaluate(() => Reflect.get(globalThis, "measured"));

story("a thousand files are listed at once, and typing does not wait for them", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.people.seed(adviser, FILES);
  await world.signIn(adviser);
  const { page } = world;
  await watch(page);
  await page.goto("/#/clients");
  await page.locator("tbody tr").first().waitFor();
  const opened = await measured(page);
  const status = page.locator(".clients-card").getByRole("status");
  let calls = 0;
  page.on("request", (request) => (calls += request.url().endsWith("/api/clients/search") ? 1 : 0));
  await page.getByRole("searchbox").pressSequentially(WORD, { delay: 60 });
  await status.getByText("Cliënt 1 tot en met 50").waitFor();
  await page.getByRole("searchbox").pressSequentially(" 14", { delay: 60 });
  await status.getByText(/^\d+ cliënten$/u).waitFor();
  const typed = await measured(page);
  const round = (/** @type {number} */ value) => Math.round(value);
  console.log(`    ${FILES} files: rows after ${round(opened.rows)} ms, of which the server took ${round(opened.answered - opened.asked)} ms`);
  console.log(`    typing ${WORD.length + 3} letters: ${calls} questions, slowest key to picture ${Math.max(0, ...typed.keys)} ms, long tasks ${JSON.stringify(typed.long.map(round))}`);
  console.log(`    at most ${typed.most} elements in the screen`);
  assert.ok(opened.rows > 0 && opened.rows < USABLE, `usable after ${opened.rows} ms`);
  assert.ok(calls <= 3, `${calls} questions for two words`);
  assert.ok(typed.most < 500, `${typed.most} elements`);
  assert.deepEqual(typed.long.slice(opened.long.length), [], "tasks of more than 50 ms while typing");
});
