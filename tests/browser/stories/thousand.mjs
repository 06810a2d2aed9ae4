// A thousand client files: how soon the list can be used, and whether typing ever has to wait for it. The figures are printed.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ from: number, rows: number, asked: number, answered: number, most: number, long: number[], keys: number[] }} Seen */

const FILES = 1_000;
const WORDS = "middelburg 14";
const PAUSE = 60;
/** What two idle cores reach is printed. This holds on a very busy machine too, in a debug build, beside another story. */
const USABLE = 10_000;
/** Of the page's own work, for a key with all that comes of it: more than this would be felt (RAIL). */
const WORK_PER_KEY = 50;

/** Watches the page from its first moment. @param {Page} page */
async function watch(page) {
  await page.addInitScript(() => {
    /** @type {Seen} */
    const seen = { from: 0, rows: 0, asked: 0, answered: 0, most: 0, long: [], keys: [] };
    Reflect.set(globalThis, "seen", seen);
    /** @param {any} what such as an observer takes, with the threshold that the types do not know @param {(entry: any) => void} note */
    const observe = (what, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe(what);
    observe({ type: "longtask" }, ({ duration }) => seen.long.push(Math.round(duration)));
    observe({ type: "event", durationThreshold: 16 }, ({ name, duration }) => name === "keydown" && seen.keys.push(duration));
    observe({ type: "resource" }, ({ name, startTime, responseEnd }) => {
      if (name.endsWith("/api/clients/search") && seen.answered === 0) [seen.asked, seen.answered] = [startTime, responseEnd];
    });
    addEventListener("hashchange", () => Object.assign(seen, { from: performance.now(), rows: 0 }));
    new MutationObserver(() => {
      seen.most = Math.max(seen.most, document.querySelectorAll("main *").length);
      if (document.querySelector(".clients tbody tr")) seen.rows ||= performance.now();
    }).observe(document, { childList: true, subtree: true });
  });
}

/** @param {Page} page @returns {Promise<Seen>} */
const seen = (page) => page.evaluate(() => Reflect.get(globalThis, "seen"));

/** What answers how long the page's thread has worked, in milliseconds: waiting for a core is not counted. @param {Page} page */
async function worker(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1_000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN);
  };
}

story("a thousand files are listed at once, and typing does not wait for them", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.people.seed(adviser, FILES);
  const page = await world.anotherBrowser({ realTime: true });
  await world.signIn(adviser, page);
  await watch(page);
  const worked = await worker(page);
  await page.goto("/#/clients");
  const status = page.locator(".clients-card").getByRole("status");
  await status.getByText("Cliënt 1 tot en met 50").waitFor();
  const first = await seen(page);
  await page.reload();
  await status.getByText("Cliënt 1 tot en met 50").waitFor();
  const opened = await seen(page);
  await page.getByRole("link", { name: "Mijn account" }).click();
  await page.getByRole("heading", { name: "Mijn account", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Cliënten" }).click();
  await status.getByText("Cliënt 1 tot en met 50").waitFor();
  const returned = await seen(page);
  let questions = 0;
  page.on("request", (request) => (questions += request.url().endsWith("/api/clients/search") ? 1 : 0));
  const before = await worked();
  await page.getByRole("searchbox").pressSequentially(WORDS, { delay: PAUSE });
  await status.getByText(/^\d+ cliënten$/u).waitFor();
  const perKey = ((await worked()) - before) / WORDS.length;
  const typed = await seen(page);
  console.log(`    ${FILES} files: rows after ${Math.round(opened.rows)} ms (${Math.round(first.rows)} ms on the first visit), ${Math.round(opened.answered - opened.asked)} ms of it for the server; long tasks ${JSON.stringify(opened.long)}`);
  console.log(`    from another screen: rows after ${Math.round(returned.rows - returned.from)} ms`);
  console.log(`    typing ${WORDS.length} letters: ${questions} questions, ${perKey.toFixed(1)} ms of work a letter, slowest letter drawn after ${Math.max(0, ...typed.keys)} ms`);
  console.log(`    long tasks while typing ${JSON.stringify(typed.long.slice(returned.long.length))}; at most ${typed.most} elements in the screen`);
  assert.ok(opened.rows > 0 && opened.rows < USABLE, `usable after ${opened.rows} ms`);
  assert.ok(perKey < WORK_PER_KEY, `${perKey} ms of work a letter`);
  assert.ok(questions <= WORDS.length, `${questions} questions`);
  assert.ok(typed.most < 500, `${typed.most} elements`);
});
