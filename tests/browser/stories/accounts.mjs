// Looking after accounts through the screens: inviting, disabling, unlocking, as an officer.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("../people.mjs").Person} Person */
/** @typedef {import("playwright-core").Page} Page */

const CHOSEN = "vlieger koper dinsdag negen";

/** @param {World} world */
async function officer(world) {
  const person = await world.people.newOfficer({ name: "Olga Officier" });
  await world.signIn(person);
  await world.page.goto("/");
  await heading(world.page, "Accounts");
  return person;
}

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** Opens the page of somebody's account. @param {World} world @param {Person} person */
async function open({ page }, person) {
  await page.getByRole("row").filter({ hasText: person.username }).getByRole("link").click();
  await page.getByText(person.email).waitFor();
}

/** @param {World} world @param {string} name */
async function press({ page }, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

story("an officer invites an adviser, who opens the first client file from the mail", async (world) => {
  const { page } = world;
  const me = await officer(world);
  await page.getByRole("link", { name: "Iemand uitnodigen" }).click();
  await heading(page, "Iemand uitnodigen");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Naam" });
  await press(world, "Uitnodiging versturen");
  await page.getByRole("heading", { name: "Er zijn 3 fouten" }).waitFor();
  await page.getByLabel("Naam", { exact: true }).fill("Sanne Bos");
  await page.getByLabel("E-mailadres").fill("sanne.bos@example.nl");
  await page.getByLabel("Gebruikersnaam").fill(me.username);
  world.expectStatus(409, "/api/accounts");
  await press(world, "Uitnodiging versturen");
  await page.getByText("Deze gebruikersnaam is al in gebruik.").waitFor();
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Gebruikersnaam" });
  await world.screen("accounts-invite");
  await page.getByLabel("Gebruikersnaam").fill("s");
  world.expectStatus(422, "/api/accounts");
  await press(world, "Uitnodiging versturen");
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await page.getByLabel("Gebruikersnaam").fill("sanne.bos");
  await press(world, "Uitnodiging versturen");
  await page.getByText("De uitnodiging gaat naar sanne.bos@example.nl.").waitFor();
  await page.getByText("Heeft nog geen wachtwoord gekozen.").waitFor();
  await world.screen("accounts-invited");
  assert.doesNotMatch(page.url() + (await page.title()), /sanne/iu);

  const { link, oneTimePassword } = await world.mailbox.next("sanne.bos@example.nl");
  const hers = await world.anotherBrowser();
  await hers.goto(link);
  await hers.getByText("Het eenmalige wachtwoord uit uw e-mail is ingevuld.").waitFor();
  assert.equal(hers.url().includes(oneTimePassword), false);
  await hers.getByRole("button", { name: "Inloggen", exact: true }).click();
  await hers.getByLabel("Nieuw wachtwoord").fill(CHOSEN);
  await hers.getByRole("button", { name: "Wachtwoord opslaan" }).click();
  await heading(hers, "Cliënten");
  await hers.goto("/#/clients/new");
  await hers.getByLabel("Achternaam").first().fill("Dijk");
  await page.getByRole("link", { name: "Alle accounts" }).click();
  const row = page.getByRole("row").filter({ hasText: "sanne.bos" });
  await row.getByText("Actief").waitFor();
  await world.screen("accounts");
});

story("an invitation is sent again, and the one before does not work any more", async (world) => {
  const { page } = world;
  const { person, oneTimePassword } = await world.people.invite("adviser");
  await world.mailbox.next(person.email);
  await officer(world);
  await open(world, person);
  await press(world, "Opnieuw uitnodigen");
  await page.getByText("De vorige werkt niet meer.").waitFor();
  const mail = await world.mailbox.next(person.email);
  assert.notEqual(mail.oneTimePassword, oneTimePassword);
  assert.equal((await person.api.ask("POST", "/api/login", { username: person.username, password: oneTimePassword })).status, 401);
  assert.equal((await person.api.ask("POST", "/api/login", { username: person.username, password: mail.oneTimePassword })).status, 200);
});

story("a mistyped invitation goes to another address, or is taken back, while nobody has used it", async (world) => {
  const { page } = world;
  const { person, oneTimePassword } = await world.people.invite("adviser", { email: "anna@exmaple.nl" });
  await world.mailbox.next(person.email);
  const used = await world.people.newAdviser();
  await officer(world);
  await open(world, person);
  await page.getByLabel("E-mailadres").fill("anna@example.nl");
  await press(world, "Adres wijzigen");
  await page.getByText("Het adres is gewijzigd.").waitFor();
  const mail = await world.mailbox.next("anna@example.nl");
  const signIn = (/** @type {string} */ password) => person.api.ask("POST", "/api/login", { username: person.username, password });
  assert.equal((await signIn(oneTimePassword)).status, 401);
  await press(world, "Uitnodiging intrekken");
  await page.getByRole("dialog").getByRole("button", { name: "Uitnodiging intrekken" }).click();
  await heading(page, "Accounts");
  assert.equal((await signIn(mail.oneTimePassword)).status, 401);
  await open(world, used);
  await page.getByText("Kan inloggen.").waitFor();
  assert.equal(await page.getByRole("button", { name: /Adres wijzigen|Uitnodiging intrekken/u }).count(), 0);
});

story("an officer disables an adviser who is working, whose data is out of sight at the next call", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser({ name: "Joris van der Velde" });
  await world.people.seed(adviser, 1);
  const working = await world.anotherBrowser();
  await world.signIn(adviser, working);
  await working.goto("/");
  await working.getByText("Dijk 1").waitFor();

  await officer(world);
  await open(world, adviser);
  await world.screen("accounts-one");
  await press(world, "Uitschakelen");
  await page.getByRole("dialog").waitFor();
  await world.screen("accounts-disable");
  await page.getByRole("dialog").getByRole("button", { name: "Annuleren" }).click();
  await page.getByText("Kan inloggen.").waitFor();
  await press(world, "Uitschakelen");
  await page.getByRole("dialog").getByRole("button", { name: "Uitschakelen" }).click();
  await page.getByText("Kan niet inloggen.").waitFor();
  assert.deepEqual(await world.focused(), { role: "heading", name: "Account" });
  await world.screen("accounts-disabled");

  world.expectStatus(401, "/api/");
  await working.getByRole("link", { name: "Mijn account" }).click();
  await working.getByRole("heading", { name: "Inloggen" }).waitFor();
  assert.equal(await working.getByText("Dijk 1").count(), 0);
  await working.getByLabel("Wachtwoord", { exact: true }).fill(adviser.password);
  await working.getByRole("button", { name: "Inloggen", exact: true }).click();
  await working.getByRole("alert").waitFor();

  await press(world, "Inschakelen");
  await page.getByRole("dialog").getByRole("button", { name: "Inschakelen" }).click();
  await page.getByText("Kan inloggen.").waitFor();
  const { json } = await adviser.api.post("/api/login", { username: adviser.username, password: adviser.password });
  assert.equal(json.next, "done");
});

story("an officer reads the attempts of somebody who is locked out, and unlocks the account", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser();
  const guess = () => adviser.api.ask("POST", "/api/login", { username: adviser.username, password: "geraden wachtwoord" });
  for (let time = 0; (await guess()).status !== 429; time++) assert.ok(time < 30, "nobody ever had to wait");
  await officer(world);
  await open(world, adviser);
  await page.getByText("Geweigerd na te veel pogingen").first().waitFor();
  await world.screen("accounts-attempts");
  await press(world, "Wachttijd opheffen");
  await page.getByText("De wachttijd is opgeheven.").waitFor();
  assert.equal((await adviser.api.ask("POST", "/api/login", { username: adviser.username, password: adviser.password })).status, 200);
});

story("an officer is not offered to disable the own account, and hears what the server refuses", async (world) => {
  const { page } = world;
  const me = await officer(world);
  const { person } = await world.people.invite("adviser");
  await open(world, me);
  await page.getByText("Dit is uw eigen account.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Uitschakelen" }).count(), 0);
  await page.getByRole("link", { name: "Alle accounts" }).click();
  await open(world, person);
  const mail = await world.mailbox.next(person.email);
  await person.api.post("/api/login", { username: person.username, password: mail.oneTimePassword });
  await person.api.post("/api/login/new-password", { new_password: person.password });
  world.expectStatus(409, "/api/accounts/");
  await press(world, "Opnieuw uitnodigen");
  await page.getByRole("alert").getByText("Deze stap kan nu niet.").waitFor();
  await page.getByText("Kan inloggen.").waitFor();
  world.expectStatus(404, "/api/accounts/");
  await page.goto(`/#/accounts/${"0".repeat(64)}`);
  await page.getByRole("alert").getByText("Dit bestaat niet of niet meer.").first().waitFor();
  await world.accessible("accounts-missing");
});
