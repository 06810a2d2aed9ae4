// The firm that runs FinRust through the screens: filled in, becoming a provider, a breach of a provider, and the firm of an adviser's account.
import assert from "node:assert/strict";
import { lost, press, unheard } from "../lost.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("../people.mjs").Person} Person */
/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
}

/** Presses what asks before it does anything, and says yes. @param {Page} page @param {string} name */
async function pressSurely(page, name) {
  await press(page, name);
  await page.getByRole("dialog").getByRole("button", { name, exact: true }).click();
}

/** The mail with this subject; those before it are about other things. @param {World} world @param {string} to @param {RegExp} subject */
async function mail({ mailbox }, to, subject) {
  for (;;) {
    const next = await mailbox.next(to);
    if (subject.test(next.subject)) return next;
  }
}

/** @param {World} world @param {string} [name] */
async function officer(world, name = "Olga Officier") {
  const person = await world.people.newOfficer({ name });
  const api = await world.signIn(person);
  return { person, api };
}

/** Password and code, and the button. @param {Page} page @param {Person} person @param {string} button */
async function confirmed(page, person, button) {
  await page.getByLabel("Huidig wachtwoord").fill(person.password);
  await page.getByLabel("Code uit uw huidige app").fill(await person.totp());
  await press(page, button);
}

/** The firm has this role. @param {Person} person @param {any} api @param {string} role */
async function become(person, api, role) {
  const { etag } = await api.get("/api/organisation");
  await api.put("/api/organisation", { role, name: "Hypotheekhuis B.V.", password: person.password, code: await person.totp() }, { "if-match": etag });
}

story("an officer fills in the firm, and an adviser reads what it is", async (world) => {
  const { page } = world;
  const { person } = await officer(world);
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  await page.goto("/");
  await page.getByRole("link", { name: "Kantoor", exact: true }).click();
  await page.getByText("Zolang er geen rol is gekozen").waitFor();
  await world.screen("firm-unset");
  await page.getByRole("link", { name: "Gegevens wijzigen" }).click();
  await page.getByLabel("Rol voor de cliëntdossiers").selectOption("controller");
  await page.getByRole("status").getByText("Dit kantoor gebruikt FinRust voor zijn eigen adviseurs.").waitFor();
  await page.getByLabel("Naam", { exact: true }).fill("De Hypotheekshop");
  await page.getByLabel("Postadres").fill("Kade 1\n1234 AB Delft");
  await press(page, "Opslaan");
  await page.getByRole("heading", { name: "Er zijn 2 fouten" }).waitFor();
  await page.getByLabel("Huidig wachtwoord").fill("iets anders dan het is");
  await page.getByLabel("Code uit uw huidige app").fill("000000");
  world.expectStatus(401, "/api/organisation");
  await press(page, "Opslaan");
  await page.getByText("Dit is niet uw huidige wachtwoord.").waitFor();
  await world.screen("firm-edit");
  await confirmed(page, person, "Opslaan");
  await page.getByText("Opgeslagen.", { exact: true }).waitFor();
  await page.getByText("De Hypotheekshop").waitFor();
  await page.getByText("Verwerkingsverantwoordelijke (eigen adviseurs)").waitFor();
  await world.screen("firm");

  const hers = await world.anotherBrowser();
  await world.signIn(adviser, hers);
  await hers.goto("/#/account");
  await hers.getByText("Geen ander kantoor ingevuld").waitFor();
  await hers.getByRole("link", { name: "Wie FinRust beheert" }).click();
  await heading(hers, "Kantoor");
  await hers.getByText("1234 AB Delft").waitFor();
  assert.equal(await hers.getByRole("link", { name: "Gegevens wijzigen" }).count(), 0);
  await world.screen("firm-adviser", hers);
});

story("a firm becomes a provider once a second officer confirms it, and a proposal can be withdrawn", async (world) => {
  const { page } = world;
  const { person: olga } = await officer(world);
  const piet = await world.people.newOfficer({ name: "Piet Privacy" });
  const his = await world.anotherBrowser();
  await world.signIn(piet, his);
  const propose = async () => {
    await page.goto("/#/firm/edit");
    await page.getByLabel("Rol voor de cliëntdossiers").selectOption("processor");
    await page.getByRole("status").getByText("Daarom moet een andere privacy officer dit bevestigen.").waitFor();
    await confirmed(page, olga, "Opslaan");
    await page.getByText("Voorgesteld. Vraag een andere privacy officer om het te bevestigen.", { exact: true }).waitFor();
    await page.getByText("U hebt dit zelf voorgesteld.").waitFor();
  };
  await propose();
  assert.equal(await page.getByRole("button", { name: "Bevestigen" }).count(), 0);
  await world.screen("firm-proposed");

  await his.goto("/#/firm");
  await his.getByText(`door Olga Officier (${olga.username}).`).waitFor();
  await his.getByText("Dit gaat in zodra een andere privacy officer het bevestigt.").waitFor();
  await his.getByRole("link", { name: "Voorstel intrekken" }).click();
  await heading(his, "Voorstel intrekken");
  await his.getByLabel("Huidig wachtwoord").waitFor();
  await world.screen("firm-withdraw", his);
  await confirmed(his, piet, "Voorstel intrekken");
  await his.getByText("Het voorstel is ingetrokken.").waitFor();
  await his.getByText("Nog niet gekozen").waitFor();
  assert.equal(await his.getByText("Wijziging die wacht").count(), 0);
  await his.goto("/#/firm/withdraw");
  await his.getByText("Er wacht geen wijziging.").waitFor();

  await propose();
  await his.goto("/#/firm");
  await pressSurely(his, "Bevestigen");
  await his.getByText("Bevestigd. De wijziging geldt nu.").waitFor();
  assert.deepEqual(await world.focused(his), { role: "heading", name: "Kantoor" });
  await his.getByText("Verwerker (adviseurs van andere kantoren)").waitFor();
  await world.screen("firm-processor", his);
});

story("a proposal that waits for its time says when that is, and asks nobody to confirm what is one's own", async (world) => {
  const { page } = world;
  await officer(world);
  const proposed = { role: "processor", name: null, address: null, proposed_at: "2029-12-30T00:00:00Z", applies_at: "2030-01-01T00:00:00Z", by_name: null, own: true };
  await page.route(/\/api\/organisation$/u, async (route) => {
    const response = await route.fetch();
    return route.fulfill({ response, json: { ...(await response.json()), proposed } });
  });
  await page.goto("/#/firm");
  await page.getByText("Dit gaat in op 1 januari 2030 om 01:00 uur, tenzij een privacy officer het eerder intrekt.").waitFor();
  await page.getByText("door een privacy officer die er niet meer is.").waitFor();
  await page.getByRole("link", { name: "Voorstel intrekken" }).waitFor();
  assert.deepEqual([await page.getByRole("button", { name: "Bevestigen" }).count(), await page.getByText("U hebt dit zelf voorgesteld.").count()], [0, 0]);
});

story("what was changed meanwhile is not written over, and what was done without an answer is not complained of", async (world) => {
  const { page } = world;
  const { person, api } = await officer(world);
  await page.goto("/#/firm/edit");
  await page.getByLabel("Naam", { exact: true }).fill("De Hypotheekshop");
  await become(person, api, "controller");
  world.expectStatus(412, "/api/organisation");
  await confirmed(page, person, "Opslaan");
  await page.getByText("Dit is intussen ergens anders gewijzigd.").waitFor();
  await page.reload();
  await page.getByLabel("Naam", { exact: true }).fill("De Hypotheekshop");
  await lost(world, page, /\/api\/organisation$/u, "PUT");
  await confirmed(page, person, "Opslaan");
  await unheard(page);
  world.expectStatus(412, "/api/organisation");
  await press(page, "Opslaan");
  await page.getByText("Opgeslagen.", { exact: true }).waitFor();
  await page.getByText("De Hypotheekshop").waitFor();
});

/** Who is affected is attached. @param {World} world @param {any} api @param {string} id */
async function attached(world, api, id) {
  await world.advance({ minutes: 2 });
  const ago = (/** @type {number} */ ms) => new Date(world.server.clock.now().getTime() - ms).toISOString();
  const { json } = await api.post(`/api/breaches/${id}/affected`, { from: ago(7_200_000), until: ago(60_000) });
  await api.post(`/api/breaches/${id}/evidence`, { cursor: json.cursor });
}

story("a provider takes a breach of files from the suspicion to its end by informing the advisers", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  await world.people.seed(adviser, 2);
  const { person, api } = await officer(world);
  await become(person, api, "processor");
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json } = await adviser.api.post("/api/breaches", { what: "Een onbekende heeft ingelogd.", noticed_at: noticed });
  await page.goto(`/#/breaches/${json.id}/step/became_aware`);
  await page.getByText("De termijn van 72 uur begint zodra uw kantoor van het datalek weet: voor accounts").waitFor();
  await page.getByLabel("Accounts, inlogpogingen of logboeken").uncheck();
  await page.getByText("Voor uw kantoor loopt geen termijn van 72 uur: het is verwerker van deze dossiers.").waitFor();
  await world.screen("breach-provider-step");
  await press(page, "Vastleggen");
  await page.getByRole("dialog").getByText("Er loopt voor uw kantoor geen termijn van 72 uur.").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Vastleggen" }).click();
  await heading(page, "Datalek");
  await page.getByText("Leg eerst vast wie is getroffen.").waitFor();
  await page.getByText("Verwerker (adviseurs van andere kantoren)").waitFor();
  assert.equal(await page.getByText(/uur: meld het datalek/u).count(), 0, "no clock is shown");
  assert.equal(await page.getByRole("link", { name: "Afsluiten" }).count(), 0);
  await world.screen("breach-provider-aware");
  await page.goto("/#/breaches");
  await page.getByRole("row").filter({ hasText: "Adviseurs informeren" }).getByText("Geen termijn van 72 uur").waitFor();

  await attached(world, api, json.id);
  await page.goto(`/#/breaches/${json.id}`);
  await page.getByText("Deze adviseurs hebben nog geen bericht:").waitFor();
  await page.getByRole("listitem").filter({ hasText: `Sanne Bos (${adviser.username})` }).first().waitFor();
  await world.screen("breach-provider-inform");
  await page.getByRole("link", { name: "Berichten aan adviseurs" }).first().click();
  await page.getByText("Na het versturen heeft het kantoor van deze adviseur 72 uur").waitFor();
  await press(page, `Versturen aan Sanne Bos (${adviser.username})`);
  await page.getByRole("dialog").getByRole("button", { name: "Versturen" }).click();
  await page.getByText(/^Het kantoor van deze adviseur meldt het datalek uiterlijk op/u).waitFor();
  await world.screen("breach-provider-letters");
  await mail(world, adviser.email, /bericht over uw dossiers/u);

  await page.goto(`/#/breaches/${json.id}/step/assessed`);
  await page.getByText("Voor deze dossiers is uw kantoor verwerker.").waitFor();
  await page.goto(`/#/breaches/${json.id}`);
  await page.getByText("Alle getroffen adviseurs hebben een bericht.").waitFor();
  await page.getByRole("link", { name: "Afsluiten", exact: true }).click();
  await page.getByLabel("Conclusie").fill("Iedereen heeft een tweede stap.");
  await press(page, "Vastleggen");
  await page.getByRole("link", { name: "Heropenen" }).waitFor();
  await world.screen("breach-provider-closed");

  const hers = await world.anotherBrowser();
  await world.signIn(adviser, hers);
  await hers.goto("/#/messages");
  await hers.getByText(/^Uw kantoor meldt dit datalek uiterlijk op/u).waitFor();
  await world.screen("breach-provider-message", hers);
});

story("the clock of a breach runs by the role of the moment that the officer says yes", async (world) => {
  const { page } = world;
  const { person, api } = await officer(world);
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  await page.goto(`/#/breaches/${json.id}/step/became_aware`);
  await page.getByText("Meld het datalek voor die tijd voorbij is.").waitFor();
  await become(person, api, "processor");
  await press(page, "Vastleggen");
  await page.getByRole("dialog").getByText("Informeer ook de getroffen adviseurs").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Vastleggen" }).click();
  await page.getByText(/^Nog 7[012] uur: meld het datalek/u).waitFor();
  await page.getByText("Leg eerst vast wie is getroffen.").waitFor();
});

story("the firm of an adviser's account is named by an officer, and the adviser sees it and gets a mail", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser({ name: "Sanne Bos" });
  await officer(world);
  await page.goto("/#/accounts");
  await page.getByRole("link", { name: `Sanne Bos (${adviser.username})` }).click();
  await page.getByText("Geen ander kantoor ingevuld").waitFor();
  await page.getByRole("link", { name: "Wijzigen" }).click();
  await heading(page, "Verantwoordelijk kantoor");
  await page.getByLabel("Naam van het kantoor").fill("Adviesbureau Bos");
  await press(page, "Opslaan");
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await page.getByLabel("Postadres van het kantoor").fill("Plein 2\n3511 AB Utrecht");
  await world.screen("accounts-controller");
  await press(page, "Opslaan");
  await heading(page, "Account");
  await page.getByText("Adviesbureau Bos").waitFor();
  await world.screen("accounts-controlled");
  await mail(world, adviser.email, /kantoor/iu);

  const hers = await world.anotherBrowser();
  await world.signIn(adviser, hers);
  await hers.goto("/#/account");
  await hers.getByText("Adviesbureau Bos").waitFor();
  await hers.getByText("3511 AB Utrecht").waitFor();
  await world.screen("account-controlled", hers);

  await page.getByRole("link", { name: "Wijzigen" }).click();
  await press(page, "Geen ander kantoor");
  await heading(page, "Account");
  await page.getByText("Geen ander kantoor ingevuld").waitFor();
});

story("an adviser of another firm is invited with it, and an officer is not asked for one", async (world) => {
  const { page } = world;
  await officer(world);
  await page.goto("/#/accounts/invite");
  await page.getByLabel("Naam", { exact: true }).fill("Iris Vos");
  await page.getByLabel("E-mailadres").fill("iris@example.nl");
  await page.getByLabel("Gebruikersnaam").fill("iris.vos");
  await page.getByLabel("Naam van het kantoor").fill("Vos Advies");
  await page.getByLabel("Rol", { exact: true }).selectOption("officer");
  await page.getByLabel("Naam van het kantoor").waitFor({ state: "hidden" });
  await page.getByLabel("Rol", { exact: true }).selectOption("adviser");
  world.expectStatus(422, "/api/accounts");
  await press(page, "Uitnodiging versturen");
  await page.getByRole("link", { name: /^Postadres van het kantoor: / }).waitFor();
  await page.getByLabel("Postadres van het kantoor").fill("Laan 3\n9711 AB Groningen");
  await press(page, "Uitnodiging versturen");
  await heading(page, "Account");
  await page.getByText("Vos Advies").waitFor();
});

story("the words of the firm are there in English too", async (world) => {
  const { page } = world;
  const { person, api } = await officer(world);
  await become(person, api, "processor");
  await page.goto("/#/firm");
  await heading(page, "Kantoor");
  await press(page, "English");
  await heading(page, "Firm");
  await page.getByText("Processor (advisers of other firms)").waitFor();
});
