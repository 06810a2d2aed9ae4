// What comes out of a printer: no page without content, no line that the edge of a page cuts, in Chromium and in Firefox.
import assert from "node:assert/strict";
import { SAMPLE } from "../client_file.mjs";
import { until } from "../engine.mjs";
import { walked } from "../engines.mjs";
import { button, Hands } from "../hands.mjs";
import { flaws, read } from "../paper.mjs";
import { check, story } from "../story.mjs";
import { signIn } from "../walks.mjs";

/** @typedef {import("../people.mjs").Person} Person */

const COUNT = 24;
/** A file of several pages. */
const LONG = {
  ...SAMPLE,
  partner: { first_name: "Bram", last_name: "Jansen", birth_date: "1970-02-03", bsn: "111222333", email: "bram@example.nl" },
  children: Array.from({ length: 4 }, (_, index) => ({ first_name: `Kind ${index + 1}`, birth_date: `200${index}-05-06` })),
  expenses: Array.from({ length: COUNT }, (_, index) => ({ description: `Uitgave nummer ${index + 1}`, kind: "household", amount_cents: 10_000 + index })),
  assets: Array.from({ length: COUNT }, (_, index) => ({ description: `Rekening nummer ${index + 1}`, kind: "savings", value_cents: 100_000 + index })),
  notes: Array.from({ length: 40 }, (_, index) => `Regel ${index + 1} van wat er te onthouden is.`).join("\n"),
};

/** Each paper with what brings it about, and what stands on it. */
const PAPERS = [
  { name: "file", path: (/** @type {string} */ id) => `clients/${id}`, presses: "", wanted: ["111222333", "03-02-1970", "Regel 40 van", "Uitgave nummer", "Rekening nummer"] },
  { name: "overview", path: (/** @type {string} */ id) => `clients/${id}/overview`, presses: "", wanted: ["Vermogen"] },
  { name: "report", path: (/** @type {string} */ id) => `clients/${id}/rights/report`, presses: "Rapport maken", wanted: ["111222333", "Uitgave nummer 24", "Rekening nummer 24", "Regel 40 van"] },
  { name: "clients", path: () => "clients", presses: "", wanted: ["Klant 53", "Klant 2"] },
];

/** @param {Person} person */
async function stocked({ api }) {
  const { json } = await api.post("/api/clients", LONG);
  for (let number = 1; number <= 60; number++) await api.post("/api/clients", { person: { last_name: `Klant ${number} ` } });
  return json.id;
}

story("papers in Chromium", async (world) => {
  const person = await world.people.newAdviser({ name: "Sanne Bos" });
  const id = await stocked(person);
  await world.signIn(person);
  const { page } = world;
  const found = [];
  for (const { name, path, presses, wanted } of PAPERS) {
    await page.goto(`/#/${path(id)}`);
    if (presses) await page.getByRole("button", { name: presses }).click();
    await page.getByText(presses ? "Rekening nummer 24" : "Sorteer op").or(page.getByRole("heading", { level: 1 })).first().waitFor();
    await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
    await page.waitForTimeout(300);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    found.push(...flaws(read(pdf, `paper-${name}-chromium`), wanted).map((what) => `${name}: ${what}`));
  }
  assert.deepEqual(found, []);
});

/** In millimetres: further down by a line each time, and in all by more than a page has between two headings at most. */
const STEP = 4;
const STEPS = 24;

story("no heading stands alone at the foot of a page, and labels stand once above their column", async (world) => {
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  const { json } = await adviser.api.post("/api/clients", LONG);
  await world.signIn(adviser);
  const { page } = world;
  await page.goto(`/#/clients/${json.id}`);
  await page.getByRole("button", { name: "Opslaan" }).waitFor();
  const headings = (await page.locator("main :is(h1, h2, h3, legend)").allTextContents()).map((words) => words.trim());
  const found = [];
  let last = 0;
  for (let step = 0; step < STEPS; step++) {
    await page.evaluate((down) => document.querySelector("main")?.style.setProperty("padding-top", `${down}mm`), step * STEP);
    const pages = read(await page.pdf({ preferCSSPageSize: true }), "paper-headings-chromium");
    for (const { lines } of pages.slice(0, -1)) if (headings.includes(lines.at(-1)?.words ?? "")) found.push(`${step * STEP} mm down: ${lines.at(-1)?.words}`);
    last = pages.flatMap(({ lines }) => lines).filter(({ words }) => words.startsWith("Omschrijving")).length;
    if (last > 4) found.push(`${last} labels for the descriptions of four lists`);
  }
  assert.ok(last > 0, "there are labels");
  assert.deepEqual(found, []);
});

check("papers in Firefox", () => walked("firefox", async (engine, { origin, people }) => {
  const person = await people.newAdviser({ name: "Sanne Bos" });
  const id = await stocked(person);
  const hands = new Hands(engine, "mouse");
  await signIn(hands, origin, person);
  await hands.sees("//h1[.='Cliënten']");
  const found = [];
  for (const { name, path, presses, wanted } of PAPERS) {
    await engine.go(`${origin}/#/${path(id)}`);
    if (presses) await hands.press(button(presses));
    await until(async () => assert.ok(await engine.run("return document.querySelector('main [aria-busy=true]') === null && document.querySelectorAll('main .page-head, main .card').length > 0")));
    const pdf = await /** @type {import("../firefox.mjs").Firefox} */ (engine).pdf();
    found.push(...flaws(read(pdf, `paper-${name}-firefox`), wanted).map((what) => `${name}: ${what}`));
  }
  assert.deepEqual(found, []);
}));
