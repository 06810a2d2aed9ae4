// What is typed is what is kept: nothing is guessed, nothing is chosen for anybody, and every fault is named with its place.
import assert from "node:assert/strict";
import { addRow, atFile, content, fillIn, part, row, SAMPLE, save, sign } from "../client_file.mjs";
import { join } from "node:path";
import { story } from "../story.mjs";
import { screens } from "../tools.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Pastes as a browser does. @param {import("playwright-core").Locator} box @param {string} text */
async function paste(box, text) {
  await box.fill("");
  await box.evaluate((element, pasted) => {
    const data = new DataTransfer();
    data.setData("text/plain", pasted);
    element.focus();
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    if (element.dispatchEvent(event)) document.execCommand("insertText", false, pasted);
  }, text);
}

story("where both changed something nothing is chosen, and nothing is saved until somebody has chosen", async (world) => {
  const { adviser, path, etag } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { Roepnaam: "Johanna" });
  await fillIn(part(page, "Notities"), { Notities: "Van mij" });
  await adviser.api.put(path, { ...SAMPLE, person: { ...SAMPLE.person, first_name: "Annelies" }, notes: "Van elders" }, { "if-match": etag });
  world.expectStatus(412, "/api/clients/");
  await save(page);
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Het dossier van Anna van Dijk is intussen ergens anders gewijzigd").waitFor();
  assert.equal(await dialog.locator("input:checked").count(), 0);
  await dialog.getByRole("button", { name: "Mijn keuze opslaan" }).click();
  await dialog.getByText("Kies eerst zelf: 2 keuzes staan nog open.").waitFor();
  await world.keys("Space");
  await dialog.getByRole("button", { name: "Mijn keuze opslaan" }).click();
  await dialog.getByText("Kies eerst zelf: 1 keuze staat nog open.").waitFor();
  assert.equal((await content(adviser, path)).notes, "Van elders");
  await dialog.getByLabel("Allebei").check();
  await world.screen("file-conflict-both");
  await dialog.getByRole("button", { name: "Mijn keuze opslaan" }).click();
  await sign(page, "Opgeslagen");
  const { person, notes } = await content(adviser, path);
  assert.deepEqual([person.first_name, notes], ["Johanna", "Van mij\n\nVan elders"]);
});

story("all faults are named at once, each with its row, amounts among them, and a total says what it leaves out", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { BSN: "123456789" });
  await fillIn(row(page, "Inkomen 1"), { "Bedrag (€)": "2,125" });
  await addRow(page, "Uitgave toevoegen", "Uitgave 2", { Omschrijving: "Huur", "Bedrag (€)": "0,325" });
  await part(page, "Uitgaven").getByText("zonder 1 bedrag dat niet te lezen is").waitFor();
  assert.match((await page.locator(".sums").textContent()) ?? "", /zonder 2 bedragen/u);
  world.expectStatus(422, "/api/clients/");
  await save(page);
  await page.getByRole("heading", { name: "Er zijn 3 fouten" }).waitFor();
  const named = await page.getByRole("alert").getByRole("listitem").allTextContents();
  assert.deepEqual(named.map((one) => one.split(":")[0]), ["BSN", "Inkomen 1 (Salaris), Bedrag (€)", "Uitgave 2 (Huur), Bedrag (€)"]);
  assert.match(named[2] ?? "", /hoogstens twee cijfers achter de komma/u);
  await world.screen("file-all-faults");
  await fillIn(part(page, "Persoon"), { BSN: "111222333" });
  await fillIn(row(page, "Inkomen 1"), { "Bedrag (€)": "2.125" });
  await fillIn(row(page, "Uitgave 2"), { "Bedrag (€)": "0,33" });
  assert.equal(await page.locator(".without").count(), 0);
  await save(page);
  await sign(page, "Opgeslagen");
  const { incomes, expenses } = await content(adviser, path);
  assert.deepEqual([incomes[0].amount_cents, expenses[1].amount_cents], [212_500, 33]);
});

story("what nobody sees is not pasted along, and what is usual elsewhere is read", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  const person = part(page, "Persoon");
  for (const [label, text] of Object.entries({ "Telefoonnummer": "\u202atel:+31\u00a06\u201112345678\u202c", "Roepnaam": "An\u200bna\ufeff", "E-mailadres": "mailto:anna@example.nl\u200b", "Geboortedatum": "1\u00a0maart\u00a01980", "BSN": "111\u202f222\u202f333" })) {
    await paste(person.getByLabel(label, { exact: true }), text);
  }
  await paste(row(page, "Inkomen 1").getByLabel("Bedrag (€)"), "\u200e€\u00a01.234,56\u200e");
  assert.equal(await person.getByLabel("Roepnaam").inputValue(), "Anna");
  await save(page);
  await sign(page, "Opgeslagen");
  const saved = await content(adviser, path);
  assert.equal(saved.incomes[0].amount_cents, 123_456);
  assert.deepEqual([saved.person.phone, saved.person.first_name, saved.person.email, saved.person.birth_date, saved.person.bsn], ["+31 6-12345678", "Anna", "anna@example.nl", "1980-03-01", "111222333"]);
});

story("two cells that are pasted in one box are not one value, and one cell with the end of its line is", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  const person = part(page, "Persoon");
  const boxes = {
    "Bedrag (\u20ac)": [row(page, "Inkomen 1").getByLabel("Bedrag (\u20ac)"), "450", "650"],
    Rente: [row(page, "Schuld 1").getByLabel("Rente (%)"), "3", "85"],
    BSN: [person.getByLabel("BSN", { exact: true }), "1234", "56782"],
    Telefoonnummer: [person.getByLabel("Telefoonnummer", { exact: true }), "06 12345678", "06 87654321"],
    Geboortedatum: [person.getByLabel("Geboortedatum", { exact: true }), "1-2", "1980"],
    Postcode: [part(page, "Adres").getByLabel("Postcode"), "1234", "AB"],
    "E-mailadres": [person.getByLabel("E-mailadres", { exact: true }), "anna@example.nl", "bert@example.nl"],
  };
  world.expectStatus(422, "/api/clients/");
  for (const between of ["\n", "\r\n", "\t", "\t\n"]) {
    for (const [box, one, other] of /** @type {[import("playwright-core").Locator, string, string][]} */ (Object.values(boxes))) await paste(box, `${one}${between}${other}`);
    await save(page);
    await page.getByRole("heading", { name: "Er zijn 7 fouten" }).waitFor();
  }
  await paste(row(page, "Inkomen 1").getByLabel("Bedrag (\u20ac)"), "450\r\n");
  await paste(row(page, "Schuld 1").getByLabel("Rente (%)"), "\t3,85  %\n");
  for (const [label, one] of Object.entries({ BSN: "123456782\n", Telefoonnummer: "06 12345678\n", Geboortedatum: "1-2-1980\r\n", "E-mailadres": "anna@example.nl\n" })) await paste(person.getByLabel(label, { exact: true }), one);
  await paste(part(page, "Adres").getByLabel("Postcode"), "1234AB\n");
  await save(page);
  await sign(page, "Opgeslagen");
  const saved = await content(adviser, path);
  assert.deepEqual([saved.incomes[0].amount_cents, saved.debts[0].interest_percent, saved.person.bsn, saved.person.email], [45_000, "3.85", "123456782", "anna@example.nl"]);
});

story("an address for mails is kept as it was typed, wherever it is typed", async (world) => {
  const officer = await world.people.newOfficer();
  const api = await world.signIn(officer);
  const { page } = world;
  await page.goto("/#/processors/new");
  await page.locator("input[name=name]").fill("Verwerker");
  await page.locator("input[name=contact_email]").fill("mailto:info@b\u00fccher.de");
  await page.locator("input[name=contact_phone]").fill("tel:+31 6\u201112345678");
  await page.locator("main form button[type=submit]").click();
  await page.waitForURL(/#\/processors\/(?!new)/u);
  const { json } = await api.get(`/api/processors/${page.url().split("/").at(-1)}`);
  assert.deepEqual([json.entry.party.contact_email, json.entry.party.contact_phone], ["info@b\u00fccher.de", "+31 6-12345678"]);
});

story("long words without a place to break widen no page, in the summary of errors neither", async (world) => {
  await atFile(world);
  const { page } = world;
  await fillIn(row(page, "Inkomen 1"), { Omschrijving: "W".repeat(90), "Bedrag (\u20ac)": "x" });
  world.expectStatus(422, "/api/clients/");
  for (const width of [320, 700, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await save(page);
    await page.getByRole("alert").getByRole("listitem").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `at ${width} px`);
  }
});

story("a row that was taken away is called by its name, and saving says that it saves", async (world) => {
  await atFile(world);
  const { page } = world;
  await row(page, "Uitgave 1").getByRole("button", { name: "Uitgave 1 verwijderen" }).click();
  await page.getByText("Uitgave 1 (Energie) is verwijderd.").waitFor();
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((/** @type {(value: void) => void} */ done) => (release = done));
  await page.route("**/api/clients/*", async (route) => (route.request().method() === "PUT" && (await held), route.continue()));
  await save(page);
  await page.getByRole("status").getByText("Opslaan…", { exact: true }).waitFor();
  assert.equal(await page.getByText("Niet opgeslagen", { exact: true }).count(), 0);
  release();
  await sign(page, "Opgeslagen");
});

story("a file that may be about the same person as another is saved, and says so with a way to the other", async (world) => {
  const { adviser } = await atFile(world);
  const { page } = world;
  const { json: other } = await adviser.api.post("/api/clients", { person: { first_name: "Anna", last_name: "Dijk" } });
  await page.route("**/api/clients/*", async (route) => {
    if (route.request().method() !== "PUT") return route.fallback();
    assert.equal(route.request().postDataJSON().warnings, undefined, "what the server adds is not sent back");
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...(await response.json()), warnings: [{ code: "same_bsn", id: other.id }] } });
  });
  for (const notes of ["Nieuw", "Nog iets"]) {
    await part(page, "Notities").getByLabel("Notities").fill(notes);
    await save(page);
    await sign(page, "Opgeslagen");
    await page.getByText("Een ander dossier heeft hetzelfde BSN:").waitFor();
  }
  await world.screen("file-alike");
  await page.getByRole("link", { name: "Anna Dijk", exact: true }).click();
  await page.waitForURL(`**/#/clients/${other.id}`);
});

story("paper holds all of a long name and of notes, and the screen is as before", async (world) => {
  const name = "Hottentottententententoonstellingsdirecteur".repeat(2);
  const notes = Array.from({ length: 40 }, (_, index) => `Regel ${index}`).join("\n");
  await atFile(world, { ...SAMPLE, person: { last_name: name }, notes });
  const { page } = world;
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 680, height: 1000 });
  const text = await page.locator("main").innerText();
  for (const part of [name, "Regel 0", "Regel 39", "Loon uit dienstverband", "450.000,00"]) assert.ok(text.includes(part), part);
  assert.equal(await page.locator("main").locator("input, select, textarea").filter({ visible: true }).count(), 0);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 680, `${wide} px wide`);
  await page.screenshot({ path: join(screens, "file-print.png"), fullPage: true });
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: "screen" });
  assert.equal(await page.locator(".paper").count(), 0);
  assert.equal(await page.getByLabel("Achternaam").first().inputValue(), name);
});
