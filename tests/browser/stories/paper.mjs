// What comes out of a printer: no page without content, no line that the edge of a page cuts, in Chromium and in Firefox.
import assert from "node:assert/strict";
import { SAMPLE } from "../client_file.mjs";
import { until } from "../engine.mjs";
import { walked } from "../engines.mjs";
import { stocked as stockedScreens } from "../every_screen.mjs";
import { button, Hands } from "../hands.mjs";
import { flaws, read, stranded } from "../paper.mjs";
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

for (const [language, presses, wanted, out] of /** @type {["nl" | "en", string, string[], string[]][]} */ ([
  ["nl", "Rapport maken", ["Kantoor Dijk, Markt 2, 2611 GS Delft (verwerkingsverantwoordelijke)", "Notities van de", "Kind 1"], ["per maand per maand", "% %"]],
  ["en", "Create the report", ["Kantoor Dijk, Markt 2, 2611 GS Delft (controller)", "Notes of the adviser", "Kind 1"], ["a month a month", "% %"]],
])) {
  story(`the access report on paper says to its reader who is responsible, and what is what: ${language}`, async (world) => {
    const person = await world.people.newAdviser({ name: "Sanne Bos", language });
    const officer = await world.signIn(await world.people.newOfficer());
    const { json: accounts } = await officer.get("/api/accounts?limit=200");
    const account = accounts.items.find((/** @type {any} */ item) => item.username === person.username);
    await officer.put(`/api/accounts/${account.id}/controller`, { name: "Kantoor Dijk", address: "Markt 2\n2611 GS Delft" });
    const { json } = await person.api.post("/api/clients", LONG);
    await world.signIn(person);
    const { page } = world;
    await page.goto(`/#/clients/${json.id}/rights/report`);
    await page.getByRole("button", { name: presses }).click();
    await page.getByText("Rekening nummer 24").first().waitFor();
    const lines = read(await page.pdf({ preferCSSPageSize: true }), `paper-report-${language}`).flatMap((one) => one.lines.map(({ words }) => words));
    const text = lines.join(" ");
    assert.deepEqual(wanted.filter((words) => !text.includes(words)), []);
    assert.deepEqual(out.filter((words) => text.includes(words)), []);
  });
}

/** In millimetres: further down by less than a line each time, and each of many headings comes near the foot of a page in one of them. */
const STEP = 5;
const STEPS = 12;
/** What is about what follows it. */
const HEADINGS = "main :is(h1, h2, h3, legend, thead th, .client-file .field > label)";

story("no heading stands alone at the foot of a page, and labels stand once above their column", async (world) => {
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  const { json } = await adviser.api.post("/api/clients", LONG);
  await world.signIn(adviser);
  const { page } = world;
  const found = [];
  for (const { name, path, presses } of PAPERS.filter(({ name }) => name === "file" || name === "report")) {
    await page.goto(`/#/${path(json.id)}`);
    if (presses) await page.getByRole("button", { name: presses }).click();
    await (presses ? page.getByText("Rekening nummer 24") : page.getByRole("button", { name: "Opslaan" })).first().waitFor();
    const headings = (await page.locator(HEADINGS).allTextContents()).map((words) => words.trim());
    for (let step = 0; step < STEPS; step++) {
      await page.evaluate((down) => document.querySelector("main")?.style.setProperty("padding-top", `${down}mm`), step * STEP);
      const pages = read(await page.pdf({ preferCSSPageSize: true }), `paper-headings-${name}-chromium`);
      found.push(...stranded(pages, headings).map((words) => `${name}, ${step * STEP} mm down: ${words}`));
      const labels = pages.flatMap(({ lines }) => lines).filter(({ words }) => words.startsWith("Omschrijving")).length;
      if (name === "file" && (labels === 0 || labels > 4)) found.push(`${labels} labels for the descriptions of four lists`);
    }
  }
  assert.deepEqual(found, []);
});

story("on the paper of a breach nothing is left of what is pressed", async (world) => {
  const officer = await world.people.newOfficer();
  const api = await world.signIn(officer);
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  await api.post(`/api/breaches/${json.id}/steps`, { step: "became_aware", at: noticed });
  const { page } = world;
  await page.goto(`/#/breaches/${json.id}`);
  await page.getByRole("heading", { name: "Geschiedenis" }).waitFor();
  const pages = read(await page.pdf({ preferCSSPageSize: true }), "paper-breach-chromium");
  const lines = pages.flatMap(({ lines }) => lines).map(({ words }) => words);
  assert.ok(lines.includes("Geschiedenis"), lines.join("\n"));
  for (const pressed of ["Alle datalekken", "Volgende stap", "Gegevens en stukken"]) assert.ok(!lines.includes(pressed), pressed);
  await page.goto("/#/breaches");
  await page.getByText("Te beoordelen").waitFor();
  const [list] = read(await page.pdf({ preferCSSPageSize: true }), "paper-breaches-chromium");
  assert.ok(list?.lines.some(({ words }) => words === "Te beoordelen"), list?.lines.map(({ words }) => words).join("\n"));
});

for (const access of ["adviser", "officer"]) {
  story(`on no paper a heading stands over nothing: ${access}`, async (world) => {
    const { person, paths } = await stockedScreens(world, access);
    await world.signIn(person);
    const { page } = world;
    await page.emulateMedia({ media: "print" });
    const found = [];
    for (const path of paths) {
      await page.goto(`/#/${path}`);
      await page.locator("main h1").first().waitFor({ state: "attached" });
      await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
      const empty = await page.evaluate(() => {
        const isShown = (/** @type {Element} */ one) => one.getClientRects().length > 0;
        const isOver = (/** @type {Element} */ heading) => [...(heading.parentElement?.querySelectorAll("*") ?? [])].some((one) => !heading.contains(one) && isShown(one));
        return [...document.querySelectorAll("main :is(h2, h3)")].filter((heading) => isShown(heading) && !isOver(heading)).map((heading) => heading.textContent);
      });
      found.push(...empty.map((words) => `${path}: ${words}`));
    }
    assert.deepEqual(found, []);
  });
}

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
    const headings = /** @type {string[]} */ (await engine.run(`return [...document.querySelectorAll(${JSON.stringify(HEADINGS)})].map((one) => one.textContent.trim())`));
    for (const down of name === "file" || name === "report" ? [0, 20] : [0]) {
      await engine.run(`document.querySelector("main").style.paddingTop = "${down}mm"`);
      const pages = read(await /** @type {import("../firefox.mjs").Firefox} */ (engine).pdf(), `paper-${name}-firefox`);
      found.push(...[...flaws(pages, wanted), ...stranded(pages, headings)].map((what) => `${name}, ${down} mm down: ${what}`));
    }
  }
  assert.deepEqual(found, []);
}));
