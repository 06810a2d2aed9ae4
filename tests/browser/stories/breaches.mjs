// Data breaches through the screens: a suspicion by an adviser, the register of the officer from its clock to its papers, the adviser's letter.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** @param {Page} page @param {string} name */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Presses what asks before it does anything, and says yes. @param {Page} page @param {string} name */
async function pressSurely(page, name) {
  await press(page, name);
  await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
}

/** The mail with this subject; those before it are about other things. @param {World} world @param {string} to @param {string} subject */
async function mail({ mailbox }, to, subject) {
  for (;;) {
    const next = await mailbox.next(to);
    if (next.subject === subject) return next;
  }
}

/** A moment as a box takes it. @param {Date} moment */
function dutch(moment) {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Amsterdam" }).format(moment).replace(" ", "T");
}

/** An officer at the register. @param {World} world */
async function officer(world) {
  const person = await world.people.newOfficer({ name: "Olga Officier" });
  const api = await world.signIn(person);
  return { person, api };
}

/** Reports a suspicion and answers its address. @param {any} api @param {World} world */
async function suspected(api, world) {
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json } = await api.post("/api/breaches", { what: "Een onbekende heeft ingelogd bij een collega.", noticed_at: noticed });
  return `/#/breaches/${json.id}`;
}

/** Waits for a line of a paper. @param {Page} page @param {string} label @param {string} value */
async function row(page, label, value) {
  const line = page.locator("dl > div").filter({ has: page.getByText(label, { exact: true }) });
  await line.filter({ has: page.getByText(value, { exact: true }) }).first().waitFor();
}

/** Takes the step that the form shows. @param {Page} page @param {string} step @param {Record<string, string>} typed */
async function take(page, step, typed = {}) {
  await page.getByRole("link", { name: step, exact: true }).click();
  await heading(page, step);
  for (const [label, words] of Object.entries(typed)) await page.getByLabel(label, { exact: true }).fill(words);
}

story("an adviser reports a suspicion, and the officers get a mail that says nothing of it", async (world) => {
  const { page } = world;
  const { person } = await officer(world);
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  const hers = await world.anotherBrowser();
  await world.signIn(adviser, hers);
  await hers.goto("/");
  await hers.getByRole("link", { name: "Berichten" }).click();
  await hers.getByText("Er zijn geen berichten.").waitFor();
  await world.screen("breach-messages", hers);
  await hers.getByRole("link", { name: "Vermoeden van een datalek doorgeven" }).click();
  await heading(hers, "Vermoeden van een datalek doorgeven");
  await press(hers, "Doorgeven");
  await hers.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await hers.getByLabel("Wat is er gezien of gebeurd?").fill("Een dossier stond open op een gedeeld scherm.");
  await world.screen("breach-suspicion", hers);
  await hers.getByText("Dag en tijd in Nederland").waitFor();
  const box = hers.locator("input[name=noticed_at]");
  const asked = hers.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/breaches"));
  await box.press("Enter");
  // It would have been sent and its answer shown by the time that the page has asked for something else.
  await hers.evaluate(() => fetch("/api/session").then((answer) => answer.text()));
  assert.equal(await hers.getByRole("button", { name: "Doorgeven", exact: true }).getAttribute("aria-busy"), null, "Enter in a box reports nothing");
  assert.ok(await box.isVisible());
  await press(hers, "Doorgeven");
  await asked;
  await hers.getByRole("heading", { name: "Uw vermoeden is doorgegeven" }).waitFor();
  await world.screen("breach-suspicion-sent", hers);
  const { text } = await mail(world, person.email, "Iemand geeft in FinRust een vermoeden van een datalek door");
  assert.doesNotMatch(text, /gedeeld scherm/u);
  await page.goto("/");
  await page.getByRole("link", { name: "Datalekken" }).click();
  await page.getByRole("row").filter({ hasText: "gedeeld scherm" }).getByText("Vermoeden").waitFor();
  await world.screen("breaches");
});

story("an officer takes a breach from the clock to its end", async (world) => {
  const { page } = world;
  const { api } = await officer(world);
  await page.goto(await suspected(api, world));
  await heading(page, "Datalek");
  await take(page, "Vastleggen: dit is een datalek");
  await world.screen("breach-step");
  await pressSurely(page, "Vastleggen");
  await page.getByText(/^Nog 7[12] uur/u).waitFor();
  await world.screen("breach-clock");
  await take(page, "Risico beoordelen", { Toelichting: "Namen en inkomens zijn gezien." });
  await page.getByLabel("Risico voor de betrokkenen").selectOption("high_risk");
  await pressSurely(page, "Vastleggen");
  await page.getByText("Besluit: melden of niet").waitFor();
  await take(page, "Melding bij de AP vastleggen");
  await press(page, "Vastleggen");
  await page.getByRole("heading", { name: "Er zijn 3 fouten" }).waitFor();
  await page.locator("select[name=report]").selectOption("first");
  await page.locator("input[name=sent_at]").fill(dutch(world.server.clock.now()));
  await page.locator("select[name=last]").selectOption("no");
  await pressSurely(page, "Vastleggen");
  await page.getByText("Besluit: betrokkenen informeren of niet").first().waitFor();
  await take(page, "Betrokkenen niet informeren", { Reden: "Wij zijn een financiële onderneming." });
  await press(page, "Vastleggen");
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await page.getByLabel("Grond").selectOption("uavg_42");
  await world.screen("breach-not-told");
  await pressSurely(page, "Vastleggen");
  await take(page, "Vastleggen: andere instantie geïnformeerd", { Kenmerk: "AFM-77" });
  await page.getByLabel("Instantie").selectOption("afm");
  await page.locator("input[name=at]").fill(dutch(world.server.clock.now()));
  await pressSurely(page, "Vastleggen");
  await take(page, "Afsluiten", { Conclusie: "Iedereen krijgt een tweede stap." });
  await press(page, "Vastleggen");
  await page.getByText("Grond: Uitzondering voor financiële ondernemingen (artikel 42 UAVG)").waitFor();
  await page.getByRole("link", { name: "Heropenen" }).waitFor();
  await world.screen("breach-closed");
});

story("an officer fills in the form of the authority and prints it", async (world) => {
  const { page } = world;
  const { api } = await officer(world);
  const address = await suspected(api, world);
  await page.goto(address);
  await page.getByRole("link", { name: "Gegevens van het datalek" }).click();
  await page.getByLabel("KVK-nummer").fill("1");
  await page.getByLabel("Samenvatting").fill("Iemand kende het wachtwoord van een account.");
  await page.getByLabel("Burgerservicenummers").check();
  await page.getByLabel("Omschrijving van de groep").fill("Gezinnen met een hypotheek");
  await page.getByLabel("Lichamelijke schade").check();
  await page.getByLabel("Gevolgen voor de vertrouwelijkheid").fill("Een onbekende kent inkomens.");
  await page.getByLabel("Gevolgen voor de integriteit").fill("Een adres kan gewijzigd zijn.");
  await page.getByLabel("Gevolgen voor de beschikbaarheid").fill("Een dag geen toegang.");
  await page.getByLabel("Worden de betrokkenen geïnformeerd?").selectOption("no");
  await page.getByLabel("Is het een grensoverschrijdende verwerking?").selectOption("no");
  await page.getByLabel("Is dit de functionaris gegevensbescherming (FG)?").last().selectOption("yes");
  await page.getByLabel("Minimaal aantal betrokkenen").fill("200000000");
  await page.getByLabel("Begonnen op").fill("2026-07-01T00:30");
  await page.getByLabel("Maximaal aantal betrokkenen").fill("veel");
  await press(page, "Andere partijen: regel toevoegen");
  await page.getByRole("group", { name: "Andere partijen 1" }).getByLabel("Naam").fill("Hosting B.V.");
  world.expectStatus(422, "/api/breaches/");
  await press(page, "Opslaan");
  await page.getByRole("heading", { name: /^Er zijn \d fouten/u }).waitFor();
  await page.getByRole("link", { name: "Minimaal aantal betrokkenen: Vul een getal in van 0 tot en met 100.000.000." }).waitFor();
  await world.screen("breach-facts");
  await page.getByLabel("KVK-nummer").fill("12345678");
  await page.getByLabel("Minimaal aantal betrokkenen").fill("");
  await page.getByLabel("Geëindigd op").fill("2025-06-30T00:30");
  await page.getByLabel("Maximaal aantal betrokkenen").fill("12");
  await page.getByLabel("Begonnen op").fill("2025-07-01T00:30");
  world.expectStatus(422, "/api/breaches/");
  await press(page, "Opslaan");
  await page.getByRole("link", { name: "Geëindigd op: Het einde ligt voor het begin. Vul een later moment in." }).waitFor();
  await page.getByLabel("Geëindigd op").fill("2025-07-02T00:30");
  await press(page, "Opslaan");
  await heading(page, "Datalek");
  await page.getByText("Gegevens gewijzigd").waitFor();
  await page.getByRole("link", { name: "Concept van de melding aan de AP" }).click();
  await page.getByText("Hosting B.V.").waitFor();
  await page.getByText("1 juli 2025 om 00:30").waitFor();
  for (const words of [
    "Gezinnen met een hypotheek",
    "Lichamelijke schade",
    "Een onbekende kent inkomens.",
    "Een adres kan gewijzigd zijn.",
    "Een dag geen toegang.",
  ])
    await page.getByText(words, { exact: true }).waitFor();
  await row(page, "Worden de betrokkenen geïnformeerd?", "Nee");
  await row(page, "Is het een grensoverschrijdende verwerking?", "Nee");
  await row(page, "Is dit de functionaris gegevensbescherming (FG)?", "Ja");
  await world.screen("breach-report");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("button", { name: "Afdrukken" }).isVisible(), false);
});

story("an officer finds out who is affected and writes to the adviser, who alone sees the clients", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  await world.people.newAdviser({ name: "Joris Velde" });
  await world.people.seed(adviser, 3);
  const { json: sessions } = await adviser.api.get("/api/sessions");
  const { api } = await officer(world);
  const address = await suspected(api, world);
  const before = world.server.clock.now();
  await page.goto(address);
  await take(page, "Vastleggen: dit is een datalek");
  await pressSurely(page, "Vastleggen");
  await page.getByRole("link", { name: "Wie is getroffen" }).click();
  const from = (/** @type {number} */ offset) => dutch(new Date(before.getTime() + offset));
  await page.getByLabel("Van", { exact: true }).fill(from(-7_200_000));
  await world.advance({ minutes: 2 });
  await page.getByLabel("Tot en met").fill(from(60_000));
  await page.locator("summary").click();
  await page.getByLabel("Joris Velde").check();
  await press(page, "Zoeken");
  await page.getByText("In deze tijd is er niets met dossiers gedaan.").waitFor();
  await page.getByLabel("Joris Velde").uncheck();
  await page.getByLabel("Sanne Bos").check();
  await page.getByLabel("Kenmerken van sessies").fill("geen kenmerk");
  world.expectStatus(422, "/api/breaches/");
  await press(page, "Zoeken");
  await page.getByRole("link", { name: /^Kenmerken van sessies: / }).waitFor();
  await world.screen("breach-search");
  await page.getByLabel("Kenmerken van sessies").fill(sessions.items[0].id);
  await press(page, "Zoeken");
  await page.getByRole("row").filter({ hasText: "Sanne Bos" }).waitFor();
  for (const name of ["Daarvan geëxporteerd", "Daarvan overgedragen", "Daarvan verwijderd of gewist"])
    await page.getByRole("columnheader", { name }).waitFor();
  await press(page, "Sleutels bekijken");
  await page.getByText(/De sleutelkluis is bereikbaar/u).waitFor();
  await world.screen("breach-affected");
  assert.doesNotMatch(await page.content(), /Dijk/u, "no client's name reaches the officer");
  await page.getByRole("button", { name: "Vastleggen bij dit datalek" }).first().click();
  await heading(page, "Datalek");
  await page.getByRole("link", { name: "Dossiers: 3. Adviseurs: 1." }).waitFor();
  await page.getByRole("link", { name: "Berichten aan adviseurs" }).click();
  await page.getByText("Nog niet verstuurd").waitFor();
  await world.screen("breach-letters");
  await press(page, `Versturen aan Sanne Bos (${adviser.username})`);
  await page.getByRole("dialog").getByRole("button", { name: "Versturen" }).click();
  await page.getByText(/^Verstuurd op/u).waitFor();
  await mail(world, adviser.email, "Er is een bericht over uw dossiers in FinRust");
  const hers = await world.anotherBrowser();
  await world.signIn(adviser, hers);
  await hers.goto("/");
  await hers.getByRole("link", { name: "Berichten" }).click();
  await hers.getByText("Getroffen cliënten").waitFor();
  assert.equal(await hers.getByRole("article").getByRole("listitem").count(), 3);
  await world.screen("breach-message", hers);
});

story("the words of breaches are there in English too", async (world) => {
  const { page } = world;
  const { api } = await officer(world);
  await page.goto(await suspected(api, world));
  await heading(page, "Datalek");
  await press(page, "English");
  await heading(page, "Data breach");
  await page.getByRole("link", { name: "It is a data breach" }).click();
  await pressSurely(page, "Record");
  await page.getByText(/hours left: notify the data breach by/u).waitFor();
});
