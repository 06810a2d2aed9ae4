// Client files out of a table and into one: checked, made with progress, gone on with after a reload, exported.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** An adviser who is signed in and looks at the screen. @param {World} world @param {{language?: "nl" | "en"}} [wishes] */
async function atExchange(world, wishes = {}) {
  const adviser = await world.people.newAdviser(wishes);
  await world.signIn(adviser);
  await world.page.goto("/#/exchange");
  await world.page.getByLabel(wishes.language === "en" ? "CSV file" : "Csv-bestand").waitFor();
  return adviser;
}

/** @param {Page} page @param {string | Buffer} table @param {string} [name] */
async function choose(page, table, name = "klanten.csv") {
  await page.getByLabel("Csv-bestand").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(table) });
  await page.getByRole("button", { name: "Bestand controleren" }).click();
}

/** @param {Page} page @param {string} label @param {string} value */
async function fact(page, label, value) {
  await page.locator("dl > div").filter({ hasText: label }).getByText(value, { exact: true }).waitFor({ timeout: 90_000 });
}

/** @param {number} count */
function many(count) {
  const rows = Array.from({ length: count }, (_, index) => `Anna;Klant ${index + 1};1-2-1980;${index},50`);
  return ["Roepnaam;Achternaam;Geboortedatum;Bezitting 1 waarde", ...rows].join("\r\n");
}

story("a table is checked, mended and imported; what is there already is not made again", async (world) => {
  const { page } = world;
  const adviser = await atExchange(world);
  await page.getByRole("link", { name: "Import en export" }).first().waitFor();
  await page.getByRole("button", { name: "Bestand controleren" }).click();
  await page.getByText("Kies eerst een bestand.").waitFor();
  await world.screen("exchange");
  await choose(page, "Roepnaam;Achternaam;BSN;Geboortedatum\r\nAnna;Dijk;123456789;31-2-1980\r\nBram;;;\r\nCas;Bos;;1-2-1980\r\n");
  await page.getByRole("heading", { name: "Wat er niet klopt" }).waitFor();
  await page.getByText("Dit is geen geldig BSN.").waitFor();
  assert.deepEqual(await page.getByRole("table", { name: "Wat er niet klopt" }).locator("tbody tr").evaluateAll((rows) => rows.map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent))), [
    ["2", "BSNCel C2"],
    ["2", "GeboortedatumCel D2"],
    ["3", "AchternaamCel B3"],
  ]);
  await world.screen("exchange-flaws");
  await page.getByRole("button", { name: "Importeren", exact: true }).click();
  await page.getByRole("heading", { name: "De import is klaar" }).waitFor();
  await fact(page, "Nieuwe dossiers", "1");
  await fact(page, "Overgeslagen", "2 (rijen 2–3)");

  await page.getByRole("link", { name: "Import en export" }).first().click();
  await page.getByRole("link", { name: "klanten.csv" }).waitFor();
  await choose(page, "Achternaam\tRoepnaam\tGeboortedatum\nBos\tCas\t1980-02-01\nDijk\tAnna\t\n", "beter.txt");
  await page.getByText("Alle rijen zijn in orde.").waitFor();
  await fact(page, "Bestandsindeling", "UTF-8, met tabs");
  await world.screen("exchange-checked");
  await page.getByRole("button", { name: "Importeren", exact: true }).click();
  await page.getByRole("heading", { name: "De import is klaar" }).waitFor();
  await fact(page, "Bestonden al", "1 (rij 2)");
  await world.screen("exchange-done");
  await page.getByRole("link", { name: "Naar uw cliënten" }).click();
  await page.getByRole("link", { name: "Cas Bos" }).waitFor();
  const { json } = await adviser.api.post("/api/clients/search", {});
  assert.equal(json.items.length, 2);
});

story("a long import shows how far it is and goes on after a reload", async (world) => {
  const { page } = world;
  const adviser = await atExchange(world);
  await choose(page, many(2000));
  await page.getByText("Alle rijen zijn in orde.").waitFor();
  // The second step never comes back: as if the laptop was closed.
  let steps = 0;
  await page.route("**/continue", (route) => (++steps === 2 ? undefined : route.continue()));
  await page.getByRole("button", { name: "Importeren", exact: true }).click();
  await page.getByText("Verwerkte rijen: 450 van 2000").waitFor();
  assert.equal(await page.getByRole("progressbar", { name: "Voortgang van de import" }).evaluate((bar) => /** @type {HTMLProgressElement} */ (bar).value), 450);
  await world.screen("exchange-progress");
  await page.reload();
  await page.getByText("Verwerkte rijen: 450 van 2000").waitFor();
  await page.getByRole("button", { name: "Import hervatten" }).click();
  await fact(page, "Nieuwe dossiers", "2000");
  const { json } = await adviser.api.get("/api/imports");
  assert.deepEqual([json.items[0].created, json.items[0].already_there], [2000, 0]);
});

story("the first rows are shown as they were read, and what cannot be read says why", async (world) => {
  const { page } = world;
  await atExchange(world);
  const rows = Buffer.from("Achternaam;Geboortedatum;Bezitting 1 waarde\r\nM\u00fcller;1 maart 1980;1.234,5\r\nZo\u00ebx\u00bd;;\r\n;\"x\r\n", "latin1");
  await choose(page, rows);
  await page.getByRole("heading", { name: "Zo zijn de eerste rijen gelezen" }).waitFor();
  const shown = page.getByRole("table", { name: "Zo zijn de eerste rijen gelezen" });
  assert.deepEqual(await shown.locator("dd").allTextContents(), ["Müller", "01-03-1980", "1.234,50", "Zoëx\ufffd"]);
  await page.getByText("niet of op twee manieren te lezen").waitFor();
  await page.getByText("De aanhalingstekens in deze rij").waitFor();
  await world.screen("exchange-preview");
  await page.getByRole("link", { name: "Import en export" }).first().click();
  await choose(page, Buffer.from("\ufeffAchternaam\r\nDijk", "utf16le"));
  await page.getByText("Deze tekenset kan FinRust niet lezen.").waitFor();
});

story("who is there already is asked about, and nothing is made before somebody has chosen", async (world) => {
  const { page } = world;
  const adviser = await atExchange(world);
  const { json: made } = await adviser.api.post("/api/clients", { person: { first_name: "Anna", last_name: "Dijk", bsn: "111222333" } });
  await choose(page, "Achternaam;BSN\r\nDijk;111222333\r\nBos;123456782\r\nBos;123456782\r\nVos;123456782\r\n");
  await page.getByText("Er is een dossier met hetzelfde BSN.").waitFor();
  await page.getByText("Deze rijen lijken op bestaande dossiers, of op een rij erboven: 3 (rijen 2, 4–5).").waitFor();
  await page.getByText("Is gelijk aan rij 3 en wordt niet nog eens gemaakt.").waitFor();
  await page.getByText("Rij 3 heeft hetzelfde BSN.").waitFor();
  assert.equal(await page.getByRole("link", { name: "Bekijk dat dossier" }).getAttribute("href"), `#/clients/${made.id}`);
  await page.getByRole("button", { name: "Importeren", exact: true }).click();
  const choice = page.getByLabel("Wat moet er met deze rijen gebeuren?");
  assert.ok(await choice.evaluate((box) => box === document.activeElement && box.getAttribute("aria-invalid") === "true"));
  await world.screen("exchange-doubles");
  await choice.selectOption("skip");
  await page.getByRole("button", { name: "Importeren", exact: true }).click();
  await fact(page, "Nieuwe dossiers", "1");
  await fact(page, "Bestonden al", "3 (rijen 2, 4–5)");
  const { json } = await adviser.api.post("/api/clients/search", {});
  assert.equal(json.items.length, 2);
});

story("a file that is no table says why, and can be thrown away", async (world) => {
  const { page } = world;
  await atExchange(world);
  await choose(page, "Naam;Achternaam;Achternaam\nx;y;z\n");
  await page.getByText("Deze kolom kent FinRust niet.").waitFor();
  await page.getByText("Deze kolom staat er twee keer.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Importeren", exact: true }).count(), 0);
  await world.screen("exchange-unusable");
  await page.getByRole("button", { name: "Import verwijderen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Import verwijderen" }).click();
  await page.getByText("De import is verwijderd.").waitFor();
  await page.getByLabel("Csv-bestand").waitFor();
  assert.equal(await page.getByRole("link", { name: "klanten.csv" }).count(), 0);
});

story("all files are exported after the password, and the owner gets a mail", async (world) => {
  const { page } = world;
  const adviser = await atExchange(world);
  await adviser.api.post("/api/clients", { person: { last_name: "Dijk", phone: "+31612345678" } });
  const submit = page.getByRole("button", { name: "Exporteren" });
  await page.getByLabel("Huidig wachtwoord").fill("niet het goede");
  world.expectStatus(401, "/api/exports");
  await submit.click();
  await page.getByText("Dit is niet uw huidige wachtwoord.").first().waitFor();
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  const [download] = await Promise.all([page.waitForEvent("download"), submit.click()]);
  assert.equal(download.suggestedFilename(), "finrust-export.csv");
  const text = readFileSync(await download.path(), "utf8");
  assert.match(text, /"Dijk".*"'\+31612345678"/u);
  await page.getByText("De export is klaar").waitFor();
  const told = /** @type {string[]} */ ([]);
  while (!told.includes("Al uw cliëntdossiers zijn geëxporteerd uit FinRust")) told.push((await world.mailbox.next(adviser.email)).subject);
});

story("in English too", async (world) => {
  const { page } = world;
  await atExchange(world, { language: "en" });
  await page.getByRole("heading", { name: "Import and export", level: 1 }).waitFor();
  const [template] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the template" }).click()]);
  await page.getByLabel("CSV file").setInputFiles(await template.path());
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.getByText("All rows are fine.").waitFor();
  await world.screen("exchange-english");
});
