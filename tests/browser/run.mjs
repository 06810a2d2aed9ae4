// Tells the stories: `node tests/browser/run.mjs [part of a group or name …]`. The binary is FINRUST_BINARY, or the debug build.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { found, title } from "./story.mjs";
import { chromium, missing, required, screens } from "./tools.mjs";
import { World } from "./world.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("./story.mjs").Story} Story */

/** With more at once, what is slow is taken for broken. */
const AT_ONCE = Math.min(availableParallelism(), 6);
const PATIENCE = 400_000;
const SWITCHES = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** Whatever a page or Chromium itself tries, nothing leaves the machine. */
const LOOPBACK_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/** What a story began and did not wait for must not end the others. @type {string[]} */
const left = [];
process.on("unhandledRejection", (reason) => left.push(`FAIL left behind by a story: ${reason instanceof Error ? reason.stack : String(reason)}`));

const words = process.argv.slice(2);
if (words[0] === "--missing") {
  missing().forEach((what) => console.log(what));
} else {
  const lacks = missing();
  if (lacks.length > 0) throw new Error(lacks.join("; "));
  process.exitCode = await run(await found(words));
}

/** @param {Story[]} stories @returns {Promise<number>} */
async function run(stories) {
  const started = Date.now();
  const browser = stories.some((story) => story.tell) ? await launch() : undefined;
  const waiting = [...stories];
  /** @type {string[]} */
  const failed = [];
  const work = async () => {
    for (let story = waiting.shift(); story; story = waiting.shift()) failed.push(...(await failure(story, browser)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await browser?.close();
  failed.push(...left);
  // Once more where somebody looks first: the end of a long log.
  failed.forEach((line) => console.log(line));
  console.log(`${stories.length} stories, ${failed.length} failed, ${seconds(started)}`);
  return failed.length > 0 ? 1 : 0;
}

/** @returns {Promise<Browser>} */
function launch() {
  const playwright = /** @type {typeof import("playwright-core")} */ (required("playwright-core"));
  return playwright.chromium.launch({ executablePath: chromium, args: [...SWITCHES, LOOPBACK_ONLY], chromiumSandbox: false });
}

/** Tells a story and prints how it went. @param {Story} story @param {Browser | undefined} browser @returns {Promise<string[]>} what it failed with */
async function failure(story, browser) {
  const started = Date.now();
  const failed = join(screens, `failed-${title(story).replace(/\W+/gu, "-")}`);
  for (const kind of ["png", "log"]) rmSync(`${failed}.${kind}`, { force: true });
  const problems = await attempt(async () => story.check?.() ?? (browser && tell(story, browser, failed)));
  const wrong = problems.map((problem) => `\n  ${problem.replace(/\n/gu, "\n  ")}`);
  const line = `${problems.length > 0 ? "FAIL" : "ok  "} ${title(story)} (${seconds(started)})${wrong.join("")}`;
  console.log(line);
  return problems.length > 0 ? [line] : [];
}

/** @param {Story} story @param {Browser} browser @param {string} failed where to put what a failure looks like */
async function tell(story, browser, failed) {
  const world = await World.open(browser);
  const wrong = await attempt(() => within(PATIENCE, story.tell?.(world)));
  if (wrong.length > 0) await picture(world, failed);
  const problems = [...wrong, ...(await world.close())];
  if (problems.length > 0) keep(`${failed}.log`, [...problems, "", "-- consoles", ...world.watcher.console, "", "-- server", world.server.log]);
  return problems;
}

/** What an act finds wrong, or what it fails with. @param {() => Promise<string[] | void | undefined>} act @returns {Promise<string[]>} */
async function attempt(act) {
  try {
    return (await act()) ?? [];
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}

/** @param {number} patience @param {Promise<void> | undefined} told */
async function within(patience, told) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`not over after ${patience / 1000} s`)), patience)));
  await Promise.race([told, late]).finally(() => clearTimeout(timer));
}

/** @param {World} world @param {string} failed */
async function picture(world, failed) {
  const [page] = world.pages;
  // A page that crashed has no picture; the story has failed already.
  await page?.screenshot({ path: `${failed}.png`, caret: "initial" }).catch(() => undefined);
}

/** @param {string} path @param {string[]} lines */
function keep(path, lines) {
  mkdirSync(screens, { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`);
}

/** @param {number} since */
function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
