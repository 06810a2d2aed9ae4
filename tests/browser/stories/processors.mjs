// The register of sub-processors through the screens: drafts, publishing, ending, and what anyone may read.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** @param {World} world */
async function officer(world) {
  const person = await world.people.newOfficer({ name: "Olga Officier" });
  await world.signIn(person);
  await world.page.goto("/#/processors");
  await heading(world.page, "Subverwerkers");
  return person;
}

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** @param {Page} page @param {string} label @param {string} text */
async function type(page, label, text) {
  await page.getByLabel(label, { exact: true }).fill(text);
}

/** @param {Page} page @param {string} name */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** @param {Page} page @param {string} group @param {string[]} names nothing for all of them */
async function tick(page, group, names = []) {
  const boxes = page.getByRole("group", { name: group, exact: true });
  if (names.length === 0) for (const box of await boxes.getByRole("checkbox").all()) await box.check();
  for (const name of names) await boxes.getByRole("checkbox", { name, exact: true }).check();
}

/** @param {Page} page */
async function fillIn(page) {
  await type(page, "Adres", "Voorbeeldweg 1, 1234 AB Utrecht");
  await type(page, "Contactpersoon", "Vera Vos");
  await type(page, "E-mail van contactpersoon", "privacy@hosting.example");
  await type(page, "Dienst", "Hosting van het programma");
  await tick(page, "Gegevens", ["Accounts", "Inkomen, uitgaven, bezit en schulden"]);
  await tick(page, "Van wie", ["Cliënten", "Adviseurs"]);
  await type(page, "Landen", "nl, us");
  await page.getByLabel("Doorgifte buiten de EER").selectOption({ label: "Adequaatheidsbesluit" });
  await type(page, "Sinds", "1-1-2025");
  await type(page, "Versie", "2.1");
  await type(page, "Ondertekend op", "20-12-2024");
  await tick(page, "De overeenkomst regelt");
  await page.getByLabel("Toestemming van afnemers").selectOption({ label: "Algemeen, met recht van bezwaar" });
  await type(page, "Afnemers geïnformeerd op", "01-12-2024");
  await type(page, "Dagen om bezwaar te maken", "30");
  await type(page, "Opnieuw beoordelen op", "31-12-2099");
}

story("an officer enters a sub-processor, publishes it, and anyone reads it until its use ends", async (world) => {
  const { page } = world;
  await officer(world);
  await page.getByText("Er staat nog niets in het register.").waitFor();
  await page.getByRole("link", { name: "Subverwerker toevoegen" }).click();
  await heading(page, "Subverwerker toevoegen");
  await type(page, "Partij", "Voorbeeld Hosting B.V.");
  await press(page, "Als concept opslaan");
  await heading(page, "Voorbeeld Hosting B.V.");
  await page.getByRole("heading", { name: "Voor het publiceren ontbreekt nog" }).waitFor();
  await world.screen("processors-draft");
  await page.getByRole("link", { name: "Gegevens wijzigen" }).click();
  await heading(page, "Gegevens wijzigen");
  await fillIn(page);
  await page.getByLabel("Ondertekend bestand kiezen").setInputFiles({ name: "overeenkomst.pdf", mimeType: "application/pdf", buffer: Buffer.from("getekend") });
  await page.waitForFunction(() => [...document.querySelectorAll("input")].some(({ value }) => /^[0-9a-f]{64}$/u.test(value)));
  await press(page, "Certificaat of rapport toevoegen");
  assert.deepEqual(await world.focused(), { role: "combobox", name: "Soort" });
  await page.getByLabel("Soort").selectOption({ label: "ISO 27001" });
  await type(page, "Geldig tot", "30-06-2099");
  await world.screen("processors-entry");
  await press(page, "Opslaan");
  await press(page, "Publiceren");
  await page.getByRole("dialog").getByRole("button", { name: "Publiceren" }).click();
  await page.getByText("Gepubliceerd.").waitFor();
  assert.deepEqual(await world.focused(), { role: "heading", name: "Voorbeeld Hosting B.V." });
  await world.screen("processors-page");
  const stranger = await world.anotherBrowser();
  await stranger.goto("/");
  await stranger.getByRole("link", { name: "Wie gegevens verwerkt voor FinRust (subverwerkers)" }).click();
  await heading(stranger, "Wie gegevens verwerkt voor FinRust (subverwerkers)");
  const row = stranger.getByRole("row").filter({ hasText: "Voorbeeld Hosting B.V." });
  for (const words of ["Hosting van het programma", "Nederland, Verenigde Staten", "Adequaatheidsbesluit", "1 jan 2025"]) await row.getByText(words).waitFor();
  await world.screen("processors-public", stranger);
  await page.getByRole("link", { name: "Gebruik beëindigen" }).click();
  await heading(page, "Gebruik beëindigen");
  await type(page, "Reden", "Overgestapt naar een andere partij");
  await world.screen("processors-end");
  await press(page, "Gebruik beëindigen");
  await page.getByRole("dialog").getByRole("button", { name: "Gebruik beëindigen" }).click();
  await page.getByText("Beëindigd op").waitFor();
  const history = await page.getByRole("table").getByRole("row").allInnerTexts();
  assert.ok(/Beëindigd/u.test(history[1] ?? "") && /Olga Officier/u.test(history[1] ?? ""), history.join("\n"));
  assert.match(history[3] ?? "", /Gewijzigd: .*Landen/u);
});

story("every wrong box is named, and the platform brings its own drafts", async (world) => {
  const { page } = world;
  await officer(world);
  await press(page, "Concepten klaarzetten");
  await page.getByText("Klaargezette concepten: 2.").waitFor();
  await press(page, "Concepten klaarzetten");
  await page.getByText("Alle concepten waren er al.").waitFor();
  await world.screen("processors-list");
  await page.getByRole("row").filter({ hasText: "Azure Communication Services" }).getByRole("link").click();
  await page.getByRole("link", { name: "Gegevens wijzigen" }).click();
  await type(page, "Landen", "Nederland");
  await type(page, "Sinds", "gisteren");
  await press(page, "Opslaan");
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await type(page, "Sinds", "02-01-2026");
  await type(page, "Overeenkomst loopt tot", "01-01-2026");
  await press(page, "Bezwaar toevoegen");
  await type(page, "Ontvangen op", "01-01-2099");
  world.expectStatus(422, "/api/processors");
  await press(page, "Opslaan");
  await page.getByRole("heading", { name: "Er zijn 3 fouten" }).waitFor();
  await page.getByRole("link", { name: "Landen: Vul codes van twee letters in, zoals NL, IE." }).waitFor();
  await world.screen("processors-errors");
  await page.getByRole("button", { name: "Verwijderen Bezwaren: 1" }).click();
  await type(page, "Landen", "NL, IE");
  await type(page, "Overeenkomst loopt tot", "");
  await press(page, "Opslaan");
  await heading(page, "Microsoft Ireland Operations Limited");
  await page.getByText("Nederland, Ierland").or(page.getByText("Ierland, Nederland")).waitFor();
});
