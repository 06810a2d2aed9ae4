// What a client owns and owes, earns and spends, in pictures: checked against a file made through the API.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { story } from "../story.mjs";
import { root } from "../tools.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const ANNA = {
  person: { first_name: "Anna", prefix: "van", last_name: "Dijk" },
  incomes: [
    { description: "Salaris", kind: "employment", amount_cents: 350_000, period: "four_weeks" },
    { description: "Vakantiegeld", kind: "employment", amount_cents: 360_000, period: "year" },
    { description: "Kinderbijslag", kind: "allowance", amount_cents: 88_888, period: "quarter" },
  ],
  expenses: [
    { description: "Hypotheek", kind: "housing", amount_cents: 120_000 },
    { description: "Boodschappen", kind: "household", amount_cents: 15_000, period: "week" },
    { description: "Zorgpremie", kind: "health", amount_cents: 15_500, period: "month" },
    { description: "Wegenbelasting", kind: "transport", amount_cents: 21_600, period: "quarter" },
    { description: "Iets", amount_cents: 1_000 },
  ],
  assets: [
    { description: "Woning", kind: "property", value_cents: 45_000_000 },
    { description: "Spaarrekening", kind: "savings", value_cents: 2_000_000 },
    { description: "Betaalrekening", kind: "savings", value_cents: 250_050 },
    { description: "Auto", kind: "vehicle", value_cents: 1_200_000 },
  ],
  debts: [
    { description: "Hypotheek", kind: "mortgage", balance_cents: 28_000_000, interest_percent: "3.85" },
    { description: "DUO", kind: "student_loan", balance_cents: 900_000 },
  ],
};

const POOR = {
  person: { last_name: "Krap" },
  incomes: [{ kind: "benefit", amount_cents: 140_000 }],
  expenses: [{ kind: "housing", amount_cents: 95_000 }, { kind: "loan_repayment", amount_cents: 60_050 }],
  assets: [{ kind: "savings", value_cents: -50_000 }, { kind: "vehicle", value_cents: 300_000 }],
  debts: [{ kind: "revolving_credit", balance_cents: 1_250_000 }],
};

/** Twice the kinds of the richest of the demonstration. */
const RICH = {
  person: { first_name: "Rijk", last_name: "Veel" },
  incomes: ["employment", "self_employment", "allowance"].map((kind) => ({ kind, amount_cents: 123_456 })),
  expenses: ["housing", "energy", "insurance", "health", "household", "transport", "communication", "children", "leisure"].map((kind) => ({ kind, amount_cents: 23_456 })),
  assets: ["property", "savings", "investment", "vehicle"].map((kind) => ({ kind, value_cents: 12_345_678 })),
  debts: ["mortgage", "student_loan", "credit_card"].map((kind) => ({ kind, balance_cents: 1_234_567 })),
};

/**
 * Opens the overview of this file; gives its id.
 * @param {World} world
 * @param {unknown} file
 * @returns {Promise<string>}
 */
async function open(world, file) {
  const adviser = await world.people.newAdviser({ name: "Eva Kuipers" });
  const { json } = await adviser.api.post("/api/clients", file);
  await world.signIn(adviser);
  await world.page.goto(`/#/clients/${json.id}/overview`);
  await world.page.locator(".overview[aria-busy=false]").waitFor();
  return json.id;
}

/** Rows of a table as text, spaces as usual. @param {Page} page @param {string} name */
async function figures(page, name) {
  const rows = await page.getByRole("table", { name }).locator("tbody tr").allInnerTexts();
  return rows.map((row) => row.replace(/\s+/gu, " ").trim());
}

/** Words, amount and bar of each row of a picture. @param {Page} page @param {string} name */
function bars(page, name) {
  return page.getByRole("img", { name }).evaluate((picture) =>
    [...picture.querySelectorAll(":scope > g")].map((group) => {
      const [words, amount] = [...group.querySelectorAll("text")].map((text) => text.textContent?.replace(/\s/gu, " "));
      const bar = group.querySelector("rect:not(.track)");
      return { words, amount, from: parseFloat(bar?.getAttribute("x") ?? ""), width: parseFloat(bar?.getAttribute("width") ?? "") };
    }),
  );
}

/** Words of the pictures that run into their amount. @param {Page} page */
function crowded(page) {
  return page.locator(".chart g").evaluateAll((groups) => groups.flatMap((group) => {
    const [words, amount] = [...group.querySelectorAll("text")];
    const isCrowded = words && amount && words.getBoundingClientRect().right > amount.getBoundingClientRect().left - 4;
    return isCrowded ? [group.textContent] : [];
  }));
}

/** How many pages it is on paper, and of which size. @param {Page} page */
async function paper(page) {
  const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: false })).toString("latin1");
  return { pages: [...pdf.matchAll(/\/Type\s*\/Page\b/gu)].length, box: /\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/u.exec(pdf)?.slice(1).map((side) => Math.round(Number(side))) };
}

story("adds up by kind, in a picture and in a table", async (world) => {
  const id = await open(world, ANNA);
  const { page } = world;
  assert.equal(await page.title(), "Financieel overzicht · FinRust");
  await page.getByText("Anna van Dijk").waitFor();
  assert.deepEqual(await figures(page, "Vermogen"), [
    "Bezittingen € 484.500,50",
    "Woning of ander vastgoed € 450.000,00",
    "Bank- en spaargeld € 22.500,50",
    "Auto, boot of caravan € 12.000,00",
    "Schulden € 289.000,00",
    "Hypotheek € 280.000,00",
    "Studieschuld € 9.000,00",
    "Vermogen € 195.500,50",
  ]);
  assert.deepEqual(await figures(page, "Per maand"), [
    "Inkomsten € 4.387,96",
    "Loon uit dienstverband € 4.091,67",
    "Toeslagen € 296,29",
    "Uitgaven € 2.087,00",
    "Wonen € 1.200,00",
    "Huishouden € 650,00",
    "Zorg € 155,00",
    "Vervoer € 72,00",
    "Overige uitgaven € 10,00",
    "Blijft over € 2.300,96",
  ]);
  await page.getByText("De bezittingen zijn € 195.500,50 meer waard dan de schulden.").waitFor();
  await page.getByText("Er blijft elke maand € 2.300,96 over.").waitFor();
  const drawn = await bars(page, "Vermogen");
  assert.deepEqual(drawn.map(({ words, amount }) => `${words} ${amount}`), [
    "Bezittingen € 484.501", "Woning of ander vastgoed € 450.000", "Bank- en spaargeld € 22.501", "Auto, boot of caravan € 12.000",
    "Schulden € 289.000", "Hypotheek € 280.000", "Studieschuld € 9.000", "Vermogen € 195.501",
  ]);
  assert.deepEqual(drawn.map(({ from, width }) => [from, Math.round(width)]), [[0, 100], [0, 93], [0, 5], [0, 2], [0, 60], [0, 58], [0, 2], [0, 40]]);
  await world.screen("overview");
  await page.getByRole("link", { name: "Terug naar het dossier" }).click();
  await page.waitForURL(`**/#/clients/${id}`);
});


story("says honestly what is short", async (world) => {
  await open(world, POOR);
  const { page } = world;
  await page.getByText("De schulden zijn € 10.000,00 hoger dan de bezittingen.").waitFor();
  await page.getByText("Elke maand is er een tekort van € 150,50.").waitFor();
  assert.equal((await figures(page, "Vermogen")).at(-1), "Negatief vermogen € -10.000,00");
  assert.equal((await figures(page, "Per maand")).at(-1), "Tekort € -150,50");
  const drawn = await bars(page, "Vermogen");
  // From the debts, 12,500, down to what is short, 10,000: zero lies at four ninths.
  const [owned, car, savings, owed, , short] = drawn.map(({ from, width }) => [from, width].map(Math.round));
  assert.deepEqual([owned, car, savings, owed, short], [[44, 11], [44, 13], [42, 2], [44, 56], [0, 44]]);
  await world.screen("overview-short");
  await page.setViewportSize({ width: 360, height: 740 });
  assert.deepEqual(await crowded(page), []);
});

story("says what to fill in, and where", async (world) => {
  const id = await open(world, { person: { last_name: "Leeg" }, assets: [{ description: "Niets" }] });
  const { page } = world;
  await page.getByText("Er zijn nog geen bezittingen of schulden ingevuld.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Afdrukken" }).count(), 0);
  await world.screen("overview-empty");
  await page.getByRole("link", { name: "Vul ze in het dossier in" }).click();
  await page.waitForURL(`**/#/clients/${id}`);
});

story("shows the half that is there", async (world) => {
  await open(world, { person: { last_name: "Half" }, incomes: [{ kind: "pension", amount_cents: 100_000, period: "year" }, { kind: "state_pension", amount_cents: 100_000, period: "year" }] });
  const { page } = world;
  await page.getByText("Er zijn nog geen bezittingen of schulden ingevuld.").waitFor();
  assert.deepEqual(await figures(page, "Per maand"), ["Inkomsten € 166,67", "Pensioen of lijfrente € 83,33", "AOW € 83,33", "Uitgaven € 0,00", "Blijft over € 166,67"]);
  await page.getByText("De regels zijn afgerond. Samen kunnen ze een cent van het totaal afwijken.").waitFor();
});

story("is printed on one A4, in both languages", async (world) => {
  await open(world, ANNA);
  const { page } = world;
  await page.evaluate(() => Reflect.set(globalThis, "print", () => (document.body.dataset.printed = "yes")));
  await page.getByRole("button", { name: "Afdrukken" }).click();
  assert.equal(await page.locator("body").getAttribute("data-printed"), "yes");
  assert.deepEqual(await paper(page), { pages: 1, box: [595, 842] });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.equal(await page.getByRole("link", { name: "Terug naar het dossier" }).count(), 0);
  await page.getByText(/^Opgesteld op \d+ \S+ \d{4} door Eva Kuipers$/u).waitFor();
  await page.emulateMedia({ media: null, colorScheme: "light" });
  await page.getByRole("button", { name: "English" }).click();
  await page.getByText("€2,300.96 is left over every month.").waitFor();
  assert.equal((await figures(page, "Net worth"))[0], "Assets €484,500.50");
  assert.deepEqual(await paper(page), { pages: 1, box: [595, 842] });
});

story("is one page for every household of the demonstration, and for a rich one", async (world) => {
  const households = JSON.parse(readFileSync(join(root, "handlers/demo_files.json"), "utf8"));
  const adviser = await world.people.newAdviser();
  await world.signIn(adviser);
  const { page } = world;
  for (const file of [...households, RICH]) {
    const { json } = await adviser.api.post("/api/clients", file);
    await page.goto(`/#/clients/${json.id}/overview`);
    await page.getByText(`${file.person.first_name} `).and(page.locator(".whose")).waitFor();
    assert.equal((await paper(page)).pages, 1, file.person.last_name);
  }
});

story("shows nothing of a file that is not there", async (world) => {
  await open(world, ANNA);
  const { page } = world;
  world.expectStatus(404, "/api/clients/");
  await page.goto("/#/clients/00000000-0000-4000-8000-000000000000/overview");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByRole("img").count(), 0);
  assert.equal(await page.getByText("Anna van Dijk").count(), 0);
});
