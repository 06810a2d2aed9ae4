// Requests of people about their data, and how long files are kept, through the screens.
import assert from "node:assert/strict";
import { atFile, SAMPLE } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
}

/** @param {Page} page @param {string} name */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** @param {Page} page @param {string} name */
async function follow(page, name) {
  await page.getByRole("link", { name, exact: true }).click();
}

/** The day this many days ago, as it is typed. @param {World} world @param {number} days */
function before(world, days) {
  const day = new Date(world.server.clock.now().getTime() - days * 86_400_000);
  return new Intl.DateTimeFormat("nl-NL", { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "Europe/Amsterdam" }).format(day);
}

story("a request is entered from a file, and answered step by step", async (world) => {
  const { page } = world;
  await atFile(world);
  await follow(page, "Rechten");
  await follow(page, "Verzoek vastleggen");
  assert.equal(await page.getByLabel("Wie het vraagt").inputValue(), "Anna van Dijk");
  await page.getByLabel("Ontvangen op").fill("eergisteren");
  await press(page, "Verzoek vastleggen");
  await page.getByRole("heading", { name: "Er zijn 2 fouten" }).waitFor();
  await world.screen("request-new");
  await page.getByLabel("Soort verzoek").selectOption({ label: "Inzage" });
  await page.getByLabel("Ontvangen op").fill(before(world, 2));
  await press(page, "Verzoek vastleggen");
  await heading(page, "Verzoek");
  await page.getByText(/^Nog 2\d dagen$/u).waitFor();
  await follow(page, "Identiteit vastleggen");
  await page.getByLabel("Hoe u het weet").fill("Paspoort gezien");
  await press(page, "Identiteit vastleggen");
  await follow(page, "Termijn verlengen");
  await page.getByLabel("Verlengen met").selectOption({ label: "2 maanden" });
  await page.getByLabel("Reden").fill("Veel stukken");
  await press(page, "Termijn verlengen");
  await page.getByRole("dialog").getByRole("button", { name: "Termijn verlengen" }).click();
  await page.getByRole("row").filter({ hasText: "Termijn verlengd" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Termijn verlengen" }).count(), 0);
  await world.screen("request");
  await follow(page, "Antwoord vastleggen");
  await page.getByRole("combobox", { name: "Besluit" }).selectOption({ label: "Deels toegewezen" });
  world.expectStatus(422, "/api/requests/");
  await press(page, "Antwoord vastleggen");
  await page.getByRole("dialog").getByRole("button", { name: "Antwoord vastleggen" }).click();
  await page.getByRole("link", { name: "Reden: Vul dit in." }).waitFor();
  await page.getByLabel("Verstuurd bestand kiezen").setInputFiles({ name: "brief.pdf", mimeType: "application/pdf", buffer: Buffer.from("brief") });
  await page.waitForFunction(() => [...document.querySelectorAll("input")].some(({ value }) => /^[0-9a-f]{64}$/u.test(value)));
  await world.screen("request-answer");
  await page.getByLabel("Reden").fill("Een deel gaat over een ander");
  await press(page, "Antwoord vastleggen");
  await page.getByRole("dialog").getByRole("button", { name: "Antwoord vastleggen" }).click();
  await page.getByRole("row").filter({ hasText: "Beantwoord: Deels toegewezen" }).waitFor();
  await page.getByText(/^U kunt een klacht indienen bij de Autoriteit Persoonsgegevens \(AP\)\. U kunt ook naar de rechter gaan/u).waitFor();
  assert.equal(await page.getByRole("link", { name: "Antwoord vastleggen" }).count(), 0);
  await follow(page, "Vastleggen: ontvangers geïnformeerd");
  await page.getByLabel("Ontvangers").fill("Bank Noord\n\nNotaris Zuid");
  await press(page, "Vastleggen: ontvangers geïnformeerd");
  await page.getByText("Ontvangers geïnformeerd: Bank Noord, Notaris Zuid").waitFor();
  await world.screen("request-answered");
  await follow(page, "Naar de rechten in het dossier");
  await follow(page, "Inzagerapport");
  await press(page, "Rapport maken");
  await page.getByRole("table", { name: "Verzoeken" }).getByRole("cell", { name: "Inzage" }).waitFor();
});

story("requests are listed with the time that is left", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser();
  await world.signIn(adviser);
  await page.goto("/");
  await follow(page, "Verzoeken");
  await page.getByText("Er zijn geen verzoeken.").waitFor();
  for (const [name, days] of /** @type {[string, number][]} */ ([["Cas Bos", 0], ["Eva Kuipers", 26], ["Joris Velde", 60]])) {
    await page.goto("/#/requests/new");
    await page.getByLabel("Soort verzoek").selectOption({ label: "Wissen (gegevenswissing)" });
    await page.getByLabel("Wie het vraagt").fill(name);
    await page.getByLabel("Ontvangen op").fill(before(world, days));
    await press(page, "Verzoek vastleggen");
    await heading(page, "Verzoek");
  }
  await follow(page, "Alle verzoeken");
  await page.getByRole("row").filter({ hasText: "Joris Velde" }).getByText(/^Te laat sinds/u).waitFor();
  await world.screen("requests");
});

story("an adviser decides how long files are kept, and sees those past their term", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser();
  const { json } = await adviser.api.post("/api/clients", SAMPLE);
  await world.advance({ days: 40 });
  await world.signIn(adviser);
  await page.goto("/#/requests");
  await follow(page, "Bewaartermijn bekijken");
  await page.getByText("Van geen dossier is de bewaartermijn voorbij.").waitFor();
  await page.getByLabel("Aantal maanden").fill("601");
  await page.getByLabel("Reden").fill("Artikel 52 AWR");
  world.expectStatus(422, "/api/retention");
  await press(page, "Opslaan");
  await page.getByRole("link", { name: "Aantal maanden: Vul een heel aantal maanden in, van 1 tot en met 600." }).waitFor();
  await world.screen("retention-wrong");
  await page.getByLabel("Aantal maanden").fill("1");
  await press(page, "Opslaan");
  await page.getByRole("row").filter({ hasText: "Anna van Dijk" }).waitFor();
  await world.screen("retention");
  await follow(page, "Anna van Dijk");
  await heading(page, "Rechten");
  await page.getByText(/^Tot en met/u).waitFor();
  await follow(page, "Klaarzetten om te wissen");
  await page.getByLabel("Grond").selectOption({ label: "Niet meer nodig: bewaartermijn voorbij" });
  await page.getByLabel("Reden").fill("Ouder dan de termijn");
  await press(page, "Klaarzetten om te wissen");
  await heading(page, "Rechten");
  await page.goto("/#/requests/retention");
  await page.getByRole("row").filter({ hasText: "Anna van Dijk" }).getByText("Klaargezet om te wissen").waitFor();
  await page.goto(`/#/clients/${json.id}/rights/report`);
  await press(page, "Rapport maken");
  await page.getByText(/ \(1 maand na de laatste wijziging\)\. Artikel 52 AWR$/u).waitFor();
});

story("the words of requests are there in English too", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newAdviser());
  await page.goto("/#/requests/new");
  await press(page, "English");
  await page.getByLabel("Kind of request").selectOption({ label: "Objection" });
  await page.getByLabel("Who is asking").fill("Cas Bos");
  await press(page, "Record a request");
  await page.getByRole("link", { name: "Extend the deadline" }).click();
  await heading(page, "Extend the deadline");
});
