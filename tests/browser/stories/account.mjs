// One's own account through the screens: who somebody is, the password, the address for mails, sessions and sign-in attempts.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const CHOSEN = "vlieger koper dinsdag negen";
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0";
const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/** An adviser at a part of the own account. @param {World} world @param {string} part @param {import("../people.mjs").Wishes} [wishes] */
async function at(world, part, wishes = {}) {
  const adviser = await world.people.newAdviser(wishes);
  await world.signIn(adviser);
  await world.page.goto(`/#/account${part}`);
  await world.page.getByRole("navigation", { name: "Mijn account" }).waitFor();
  return adviser;
}

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

/** A session elsewhere, with another browser. @param {World} world @param {import("../people.mjs").Person} person @param {string} userAgent */
async function elsewhere(world, person, userAgent) {
  const page = await world.anotherBrowser({ userAgent });
  await page.goto("/");
  await page.getByLabel("Gebruikersnaam").fill(person.username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await heading(page, "Cliënten");
  return page;
}

/** The next thing that this page asks for shows the sign-in screen, and nothing else. @param {Page} page */
async function isOut(page) {
  await page.getByRole("link", { name: "Mijn account" }).click();
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  await page.getByText("Uw sessie is verlopen.").waitFor();
}

story("shows who somebody is, and changes name and language", async (world) => {
  const { page } = world;
  const adviser = await at(world, "", { name: "Zoë Çelik" });
  await page.getByText(adviser.email).waitFor();
  await world.screen("account");
  assert.equal(await page.title(), "Mijn account · FinRust");
  await page.getByRole("link", { name: "Wijzigen Naam", exact: true }).click();
  await heading(page, "Naam en taal");
  await page.getByLabel("Naam").fill("");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await page.getByLabel("Naam").fill("Zoë de Vries");
  await world.screen("account-profile");
  await page.getByRole("link", { name: "Wachtwoord" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Hier blijven" }).click();
  await page.getByLabel("Taal").selectOption("en");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await heading(page, "My account");
  await page.getByText("Zoë de Vries").waitFor();
  await page.reload();
  await heading(page, "My account");
  for (const [name, part] of /** @type {const} */ ([["Password", "password"], ["E-mail address", "email"], ["Second step", "two-factor"], ["Sessions", "sessions"], ["Known browsers", "browsers"], ["Sign-in attempts", "attempts"]])) {
    await page.getByRole("navigation", { name: "My account" }).getByRole("link", { name, exact: true }).click();
    await heading(page, name);
    await page.locator("[aria-busy=true]").waitFor({ state: "detached" });
    await world.accessible(`account-${part} in English`);
    assert.equal(new URL(page.url()).hash, `#/account/${part}`);
  }
});

story("an address that leads nowhere leads to the overview", async (world) => {
  await at(world, "/nowhere");
  await heading(world.page, "Mijn account");
  assert.equal(new URL(world.page.url()).hash, "#/account");
});

story("another password ends the other sessions, and a mail tells", async (world) => {
  const { page } = world;
  const adviser = await at(world, "/password");
  const other = await elsewhere(world, adviser, FIREFOX);
  const current = page.getByLabel("Huidig wachtwoord");
  const chosen = page.getByLabel("Nieuw wachtwoord");
  await current.fill("iets heel anders");
  await chosen.fill("welkom welkom 2026");
  world.expectStatus(401, "/api/account/password");
  world.expectStatus(422, "/api/account/password");
  await page.getByRole("button", { name: "Wachtwoord wijzigen" }).click();
  await page.getByText("Dit is niet uw huidige wachtwoord.").waitFor();
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Huidig wachtwoord" });
  await current.fill(adviser.password);
  await page.getByRole("button", { name: "Wachtwoord wijzigen" }).click();
  await page.getByRole("alert").waitFor();
  assert.equal(await chosen.getAttribute("aria-invalid"), "true");
  await world.screen("account-password");
  await chosen.fill(CHOSEN);
  await page.getByRole("button", { name: "Wachtwoord wijzigen" }).click();
  await page.getByText("Uw andere sessies zijn beëindigd.").waitFor();
  await heading(page, "Mijn account");
  world.expectStatus(401, "/api/");
  await isOut(other);
  const subjects = /** @type {string[]} */ ([]);
  while (!subjects.includes("Uw wachtwoord voor FinRust is gewijzigd")) subjects.push((await world.mailbox.next(adviser.email)).subject);
});

story("another address for mails is told to both", async (world) => {
  const { page } = world;
  const adviser = await at(world, "/email");
  await page.getByText(`Nu gebruiken wij ${adviser.email}.`).waitFor();
  await page.getByLabel("Nieuw e-mailadres").fill("geen adres");
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  world.expectStatus(422, "/api/account/email");
  await page.getByRole("button", { name: "E-mailadres wijzigen" }).click();
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await world.screen("account-email");
  await page.getByLabel("Nieuw e-mailadres").fill("nieuw.adres@example.nl");
  await page.getByRole("button", { name: "E-mailadres wijzigen" }).click();
  await page.getByRole("main").getByText("nieuw.adres@example.nl").waitFor();
  assert.equal((await world.mailbox.next("nieuw.adres@example.nl")).subject, "FinRust gebruikt voortaan dit e-mailadres");
  let mail = await world.mailbox.next(adviser.email);
  while (!/e-mailadres/u.test(mail.subject)) mail = await world.mailbox.next(adviser.email);
  assert.match(mail.text, /n…@example\.nl/u);
});

story("sessions are named in plain words and ended one by one or all at once", async (world) => {
  const { page } = world;
  const adviser = await at(world, "");
  const windows = await elsewhere(world, adviser, FIREFOX);
  const phone = await elsewhere(world, adviser, IPHONE);
  await page.getByRole("link", { name: "Sessies" }).click();
  const row = (/** @type {string} */ name) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
  await row("Firefox op Windows").waitFor();
  await world.screen("account-sessions");
  assert.equal(await page.getByText("Deze sessie").count(), 1);
  world.expectStatus(401, "/api/");
  await row("Firefox op Windows").getByRole("button", { name: "Beëindigen" }).click();
  await page.getByText("De sessie is beëindigd.").waitFor();
  assert.equal(await row("Firefox op Windows").count(), 0);
  assert.equal(await row("Safari op iPhone").count(), 1);
  assert.deepEqual(await world.focused(), { role: "heading", name: "Sessies" });
  await isOut(windows);
  await page.getByRole("button", { name: "Alle andere sessies beëindigen" }).click();
  await page.getByText("U bent nergens anders ingelogd.").waitFor();
  await isOut(phone);
  await page.getByRole("link", { name: "Overzicht" }).click();
  await page.getByText(adviser.email).waitFor();
});

story("sign-in attempts are told in plain words, a page at a time", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser();
  await adviser.api.ask("POST", "/api/login", { username: adviser.username, password: "geraden wachtwoord" });
  for (let time = 0; time < 26; time++) await adviser.signIn();
  await world.signIn(adviser);
  await page.goto("/#/account");
  await page.getByRole("link", { name: "Inlogpogingen" }).click();
  const rows = page.locator("tbody tr");
  await rows.first().waitFor();
  assert.equal(await rows.count(), 25);
  await page.getByRole("button", { name: "Oudere pogingen tonen" }).click();
  await page.getByText("Verkeerd wachtwoord").waitFor();
  const focused = await world.focused();
  assert.equal(focused.role, "rowheader");
  assert.equal(focused.name, await rows.nth(25).getByRole("rowheader").textContent());
  const times = await page.locator("tbody th").allTextContents();
  assert.equal(await page.getByRole("button", { name: "Oudere pogingen tonen" }).count(), 0);
  assert.ok(times.length > 27, `${times.length} attempts`);
  await page.getByRole("link", { name: "Wijzig uw wachtwoord" }).click();
  await heading(page, "Wachtwoord");
});

story("sign-in attempts that deserve a look stand out", async (world) => {
  const { page } = world;
  const adviser = await at(world, "");
  await adviser.api.ask("POST", "/api/login", { username: adviser.username, password: "geraden wachtwoord" });
  await page.getByRole("link", { name: "Inlogpogingen" }).click();
  await page.getByText("Verkeerd wachtwoord").waitFor();
  await world.screen("account-attempts");
});

story("a new password is called what the server calls it, on leaving its box", async (world) => {
  const { page } = world;
  const adviser = await at(world, "/password");
  const chosen = page.getByLabel("Nieuw wachtwoord");
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  for (const [typed, words] of [["wachtwoord2026!", "Te makkelijk te raden."], ["kort", "Te kort: minstens 12 tekens."], ["zeven paarse olifanten dansen", "Dit wachtwoord is goed."]]) {
    await chosen.fill(typed ?? "");
    await chosen.press("Tab");
    await page.getByText(words ?? "").waitFor();
  }
  // What was said of another one is gone while this one is typed.
  await chosen.pressSequentially("!");
  assert.equal(await page.getByText("Dit wachtwoord is goed.").count(), 0);
  await chosen.fill("wachtwoord2026!");
  world.expectStatus(422, "/api/account/password");
  await page.getByRole("button", { name: "Wachtwoord wijzigen" }).click();
  await page.getByText("Dit is te makkelijk te raden.").first().waitFor();
});

story("another address asks for the second step too, where it is on", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser({ twoFactor: true });
  await world.signIn(adviser);
  await page.goto("/#/account/email");
  await page.getByLabel("Nieuw e-mailadres").fill("nieuw@example.nl");
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await page.getByRole("button", { name: "E-mailadres wijzigen" }).click();
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await world.screen("account-email-factor");
  await page.getByLabel("Code uit uw huidige app").fill(adviser.recoveryCodes[0] ?? "");
  await page.getByRole("button", { name: "E-mailadres wijzigen" }).click();
  await page.getByText("nieuw@example.nl").waitFor();
});

story("browsers that are known are named, and forgotten one by one or all at once", async (world) => {
  const { page } = world;
  const adviser = await at(world, "");
  for (const agent of [FIREFOX, IPHONE]) await elsewhere(world, adviser, agent);
  await page.getByRole("link", { name: "Bekende browsers" }).click();
  const row = (/** @type {string} */ name) => page.getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });
  await row("Firefox op Windows").waitFor();
  await world.screen("account-browsers");
  assert.equal(await page.getByText("Deze browser", { exact: true }).count(), 1);
  await row("Firefox op Windows").getByRole("button", { name: "Vergeten" }).click();
  await page.getByText("De browser is vergeten.").waitFor();
  assert.equal(await row("Firefox op Windows").count(), 0);
  assert.deepEqual(await world.focused(), { role: "heading", name: "Bekende browsers" });
  await page.getByRole("button", { name: "Alle andere browsers vergeten" }).click();
  await page.getByText("Er zijn geen andere bekende browsers.").waitFor();
  assert.equal(await row("Safari op iPhone").count(), 0);
});
