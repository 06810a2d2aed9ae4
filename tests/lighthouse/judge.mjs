// Scores of Lighthouse for the screens that people see most: `node judge.mjs <where it is installed> <runs>`.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { SAMPLE } from "../browser/client_file.mjs";
import { People } from "../browser/people.mjs";
import { Server } from "../browser/server.mjs";
import { chromium } from "../browser/tools.mjs";

const LEAST = 95;
const HELD = ["accessibility", "best-practices"];
const CATEGORIES = ["performance", ...HELD];
const SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];

const [place = "", runs = "5"] = process.argv.slice(2);
/** Only what is held, on a phone. */
const isShort = runs === "0";
const required = createRequire(join(place, "package.json"));
const { default: lighthouse, desktopConfig } = await import(pathToFileURL(required.resolve("lighthouse")).href);
const { default: puppeteer } = required("puppeteer-core");

const server = await Server.start();
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, args: SWITCHES });
try {
  const people = new People(server, { now: () => server.clock.now(), advance: async (span) => server.advance(span) });
  const adviser = await people.newAdviser({ name: "Sanne Bos" });
  await people.seed(adviser, 60);
  const { json: file } = await adviser.api.post("/api/clients", SAMPLE);
  const screens = { "sign-in": "login", list: "clients", file: `clients/${file.id}`, overview: `clients/${file.id}/overview` };
  const wrong = [];
  tabled(["screen", ...CATEGORIES, "below 90"]);
  for (const [name, path] of Object.entries(screens)) {
    for (const kind of isShort ? ["mobile"] : ["mobile", "desktop"]) wrong.push(...(await judged(name, path, kind, name === "sign-in" ? null : adviser)));
  }
  wrong.forEach((line) => console.error(line));
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await browser.close();
  await server.stop();
}

/** A line of the table. @param {string[]} cells */
function tabled([screen = "", ...cells]) {
  console.log([screen.padEnd(20), ...cells.map((cell) => cell.padEnd(16))].join("  ").trimEnd());
}

/** The median of all runs, with the lowest and the highest. @param {string} name @param {string} path @param {string} kind @param {import("../browser/people.mjs").Person | null} person */
async function judged(name, path, kind, person) {
  /** @type {Record<string, number[]>} */
  const scores = {};
  const faults = new Set();
  for (let run = 0; run < (isShort ? 1 : Number(runs)); run++) {
    let { lhr } = await look(path, kind, person);
    // A page that was not measured scores 0.
    if (lhr.runtimeError) ({ lhr } = await look(path, kind, person));
    for (const { id, score, auditRefs } of Object.values(lhr.categories)) {
      (scores[id] ??= []).push(Math.round((score ?? 0) * 100));
      const failed = auditRefs.filter((/** @type {any} */ { id: audit, weight }) => weight > 0 && lhr.audits[audit].score !== null && lhr.audits[audit].score < 0.9);
      for (const { id: audit } of failed) faults.add(`${audit}: ${lhr.audits[audit].title}`);
    }
  }
  const medians = Object.fromEntries(Object.entries(scores).map(([id, all]) => [id, all.sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0]));
  tabled([`${name}, ${kind}`, ...CATEGORIES.map((id) => (scores[id] ? `${medians[id]} (${scores[id][0]} to ${scores[id].at(-1)})` : "")), [...faults].join("; ")]);
  return HELD.filter((id) => (medians[id] ?? 0) < LEAST).map((id) => `${name}, ${kind}: ${id} scores ${medians[id]}, less than ${LEAST}`);
}

/** One load in a browser of its own. @param {string} path @param {string} kind @param {import("../browser/people.mjs").Person | null} person */
async function look(path, kind, person) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const api = person && (await person.signIn());
    const rest = { domain: "127.0.0.1", path: "/", secure: true, httpOnly: true, sameSite: "Strict" };
    await context.setCookie(...(api?.cookies() ?? []).map((cookie) => ({ ...cookie, ...rest })));
    const flags = { output: "json", logLevel: "error", disableStorageReset: true, onlyCategories: isShort ? HELD : CATEGORIES };
    return await lighthouse(`${server.origin}/#/${path}`, flags, kind === "desktop" ? desktopConfig : undefined, page);
  } finally {
    await context.close();
  }
}
