// The file of one client: filling it in, what is refused, what is not saved yet, deleting it.
import assert from "node:assert/strict";
import { addRow, atFile, atNewFile, content, fillIn, ids, part, row, SAMPLE, save, sign } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */

const PERSON = { Voorletters: "A.B.", Roepnaam: "Anna", Tussenvoegsel: "van", Achternaam: "Dijk", Geboortedatum: "30-04-1975", BSN: "1112.22.333", "E-mailadres": "anna@example.nl", Telefoonnummer: "+31 6 12345678", "Burgerlijke staat": "=Gehuwd" };
const WHOLE = {
  person: { initials: "A.B.", first_name: "Anna", prefix: "van", last_name: "Dijk", birth_date: "1975-04-30", bsn: "111222333", email: "anna@example.nl", phone: "+31 6 12345678", marital_status: "married" },
  address: { street: "Kerkstraat", house_number: "12", addition: "a", postcode: "1234 AB", city: "Utrecht", country: "NL" },
  partner: { initials: "B.", first_name: "Bram", prefix: "de", last_name: "Wit", birth_date: "1973-01-02", bsn: "123456782", email: "bram@example.nl", phone: "030-1234567", marital_status: "married" },
  children: [{ first_name: "Cas", prefix: "de", last_name: "Wit", birth_date: "2008-01-02" }, { first_name: "Fien" }],
  incomes: [{ description: "Salaris", kind: "employment", amount_cents: 351_234, period: "four_weeks" }, { description: "Huur", kind: "rent", amount_cents: 120_000, period: "month" }],
  expenses: [{ description: "Woonlasten", kind: "housing", amount_cents: 150_050, period: "month" }],
  assets: [{ description: "Woning", kind: "property", value_cents: 45_000_000 }, { description: "Roodstand", kind: "savings", value_cents: -5_000 }],
  debts: [{ description: "Hypotheek", kind: "mortgage", balance_cents: 28_000_000, interest_percent: "3.85" }],
  notes: "Eerste regel\nTweede regel",
};

/** @param {import("playwright-core").Page} page */
async function fillWhole(page) {
  await fillIn(part(page, "Persoon"), PERSON);
  await fillIn(part(page, "Adres"), { Straat: "Kerkstraat", Huisnummer: "12", Toevoeging: "a", Postcode: "1234ab", Woonplaats: "Utrecht" });
  await addRow(page, "Partner toevoegen", "Partner", { Voorletters: "B.", Roepnaam: "Bram", Tussenvoegsel: "de", Achternaam: "Wit", Geboortedatum: "2/1/1973", BSN: "123456782", "E-mailadres": "bram@example.nl", Telefoonnummer: "030-1234567", "Burgerlijke staat": "=Gehuwd" });
  await addRow(page, "Kind toevoegen", "Kind 1", { Roepnaam: "Cas", Tussenvoegsel: "de", Achternaam: "Wit", Geboortedatum: "02012008" });
  await addRow(page, "Kind toevoegen", "Kind 2", { Roepnaam: "Fien" });
  await addRow(page, "Inkomen toevoegen", "Inkomen 1", { Omschrijving: "Salaris", Soort: "=Loon uit dienstverband", "Bedrag (€)": "3.512,34", "Periode": "=per vier weken" });
  await addRow(page, "Inkomen toevoegen", "Inkomen 2", { Omschrijving: "Huur", Soort: "=Huurinkomsten", "Bedrag (€)": "1200" });
  await addRow(page, "Uitgave toevoegen", "Uitgave 1", { Omschrijving: "Woonlasten", Soort: "=Wonen", "Bedrag (€)": "1500,5" });
  await addRow(page, "Bezitting toevoegen", "Bezitting 1", { Omschrijving: "Woning", Soort: "=Woning of ander vastgoed", "Waarde (€)": "€ 450.000" });
  await addRow(page, "Bezitting toevoegen", "Bezitting 2", { Omschrijving: "Roodstand", Soort: "=Bank- en spaargeld", "Waarde (€)": "-50,00" });
  await addRow(page, "Schuld toevoegen", "Schuld 1", { Omschrijving: "Hypotheek", Soort: "=Hypotheek", "Openstaand (€)": "280.000,00", "Rente (%)": "3,85" });
  await fillIn(part(page, "Notities"), { Notities: "Eerste regel\nTweede regel" });
}

story("everything in a file is filled in, saved and there again", async (world) => {
  const adviser = await atNewFile(world);
  const { page } = world;
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Voorletters" });
  await world.screen("file-new");
  await fillWhole(page);
  await sign(page, "Niet opgeslagen");
  await page.getByRole("button", { name: "Inkomen toevoegen" }).click();
  await save(page);
  await sign(page, "Opgeslagen");
  await page.getByRole("heading", { name: "Anna van Dijk", level: 1 }).waitFor();
  const [id] = await ids(adviser);
  assert.match(page.url(), new RegExp(`/#/clients/${id}$`, "u"));
  assert.deepEqual(await content(adviser, `/api/clients/${id}`), WHOLE);
  await page.reload();
  await page.getByRole("heading", { name: "Anna van Dijk", level: 1 }).waitFor();
  assert.equal(await row(page, "Inkomen 1").getByLabel("Bedrag (€)").inputValue(), "3.512,34");
  assert.equal(await row(page, "Kind 1").getByLabel("Geboortedatum").inputValue(), "02-01-2008");
  assert.equal(await row(page, "Schuld 1").getByLabel("Rente (%)").inputValue(), "3,85");
  assert.equal(await page.getByRole("group", { name: /^Inkomen \d/u }).count(), 2);
  assert.equal(await page.title(), "Cliëntdossier · FinRust");
  await world.screen("file");
  await save(page);
  await sign(page, "Opgeslagen");
  assert.deepEqual(await content(adviser, `/api/clients/${id}`), WHOLE);
});

story("totals follow what is typed, as the server adds them up", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  await page.getByRole("group", { name: "Inkomen 1" }).getByLabel("Bedrag (€)").fill("1.000,01");
  await page.getByLabel("Periode").first().selectOption({ label: "per week" });
  await part(page, "Inkomsten").getByText("€ 4.333,38").waitFor();
  await addRow(page, "Schuld toevoegen", "Schuld 2", { "Openstaand (€)": "10.000" });
  await part(page, "Schulden").getByText("€ 290.000,00").waitFor();
  const worth = page.locator("dt", { hasText: "Vermogen" }).locator("+ dd");
  assert.match((await worth.textContent()) ?? "", /160\.000,00/u);
  await save(page);
  await sign(page, "Opgeslagen");
  const { json } = await adviser.api.get(path);
  assert.deepEqual([json.overview.monthly_income_cents, json.overview.net_worth_cents], [433_338, 16_000_000]);
});

story("every refused field says so itself, in rows too, and keeps what was typed", async (world) => {
  await atNewFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { Geboortedatum: "gisteren", Achternaam: " " });
  await addRow(page, "Inkomen toevoegen", "Inkomen 1", {});
  await addRow(page, "Inkomen toevoegen", "Inkomen 2", { "Bedrag (€)": "twaalf" });
  world.expectStatus(422, "/api/clients");
  await save(page);
  await page.getByRole("heading", { name: "Er zijn 3 fouten" }).waitFor();
  await world.screen("file-errors");
  await page.getByRole("link", { name: /^Inkomen 2, Bedrag \(€\): / }).click();
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Bedrag (€)" });
  assert.equal(await row(page, "Inkomen 2").getByLabel("Bedrag (€)").inputValue(), "twaalf");
  await row(page, "Inkomen 2").getByText("Vul een bedrag in").waitFor();
  await fillIn(row(page, "Inkomen 2"), { "Bedrag (€)": "99.999.999.999" });
  await fillIn(part(page, "Persoon"), { Geboortedatum: "31-02-1975", Achternaam: "Dijk", BSN: "111222334" });
  await fillIn(part(page, "Adres"), { Postcode: "2000" });
  await save(page);
  await page.getByRole("heading", { name: "Er zijn 4 fouten" }).waitFor();
  for (const label of ["Geboortedatum", "BSN", "Postcode"]) assert.equal(await page.getByLabel(label).getAttribute("aria-invalid"), "true", label);
  assert.equal(await row(page, "Inkomen 2").getByLabel("Bedrag (€)").getAttribute("aria-invalid"), "true");
  await page.getByText("Dit is geen geldig BSN.").first().waitFor();
  await fillIn(part(page, "Adres"), { Land: "=België" });
  await fillIn(part(page, "Persoon"), { Geboortedatum: "28-02-1975", BSN: "111222333" });
  await fillIn(row(page, "Inkomen 2"), { "Bedrag (€)": "12" });
  await save(page);
  await sign(page, "Opgeslagen");
});

story("a removed row comes back at a click, and is gone once saved", async (world) => {
  const { adviser, path } = await atFile(world, { ...SAMPLE, children: [{ first_name: "Cas" }, { first_name: "Fien" }] });
  const { page } = world;
  await page.getByRole("button", { name: "Kind 1 verwijderen" }).click();
  assert.deepEqual(await world.focused(), { role: "button", name: "Ongedaan maken" });
  assert.equal(await row(page, "Kind 1").getByLabel("Roepnaam").inputValue(), "Fien");
  await world.screen("file-removed");
  await page.keyboard.press("Enter");
  assert.equal(await row(page, "Kind 1").getByLabel("Roepnaam").inputValue(), "Cas");
  assert.equal(await page.getByText("Niet opgeslagen", { exact: true }).count(), 0);
  await page.getByRole("button", { name: "Kind 1 verwijderen" }).click();
  await save(page);
  await sign(page, "Opgeslagen");
  assert.equal(await page.getByRole("button", { name: "Ongedaan maken" }).count(), 0);
  assert.deepEqual((await content(adviser, path)).children, [{ first_name: "Fien" }]);
});

story("nobody leaves what is not saved by accident", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  const stay = page.getByRole("dialog").getByRole("button", { name: "Hier blijven" });
  await fillIn(part(page, "Adres"), { Woonplaats: "Zwolle" });
  for (const leave of [page.getByRole("link", { name: "Alle cliënten" }), page.getByRole("button", { name: "Uitloggen" }), page.getByRole("button", { name: "English" })]) {
    await leave.click();
    await stay.click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await page.getByLabel("Woonplaats").inputValue(), "Zwolle");
    // A step that is undone leads back a moment later.
    await page.waitForURL(/\/#\/clients\/.+/u);
  }
  await page.getByRole("link", { name: "Alle cliënten" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Weggaan zonder opslaan" }).click();
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  assert.equal((await content(adviser, path)).address.city, "Utrecht");
});

story("a file is deleted after a word has been typed", async (world) => {
  const { adviser, path, etag } = await atFile(world);
  const { page } = world;
  await adviser.api.put(path, { ...SAMPLE, notes: "Gewijzigd" }, { "if-match": etag });
  await page.getByRole("button", { name: "Dossier verwijderen" }).click();
  const dialog = page.getByRole("dialog");
  const yes = dialog.getByRole("button", { name: "Dossier verwijderen" });
  await yes.click();
  await dialog.getByText("Typ precies").waitFor();
  await world.screen("file-delete");
  await dialog.getByLabel("Typ “verwijderen” om te bevestigen").fill("verwijderen");
  world.expectStatus(412, "/api/clients/");
  await yes.click();
  await dialog.getByText("ergens anders gewijzigd").waitFor();
  await dialog.getByLabel("Typ “verwijderen” om te bevestigen").fill("Verwijderen");
  await yes.click();
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await page.getByText(/^Het dossier van .+ is verwijderd\.$/u).waitFor();
  assert.deepEqual(await ids(adviser), []);
});
