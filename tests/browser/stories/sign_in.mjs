// Signing in through the screens: password, one-time password from a mail, forgotten password.
import assert from "node:assert/strict";
import { story } from "../story.mjs";
import { typeCode } from "../totp.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const CHOSEN = "vlieger koper dinsdag negen";

/** @param {Page} page @param {string} username @param {string} password */
async function typeIn(page, username, password) {
  await page.getByLabel("Gebruikersnaam").fill(username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
}

/** Follows the link of a mail, as a mail program does. @param {Page} page @param {string} link */
async function follow(page, link) {
  await page.goto("about:blank");
  await page.goto(link);
}

/** @param {Page} page @param {string} password */
async function choose(page, password) {
  await page.getByLabel("Nieuw wachtwoord").fill(password);
  await page.getByRole("button", { name: "Wachtwoord opslaan" }).click();
}

story("a password signs in; a wrong one says so and changes nothing", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await page.goto("/");
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  assert.match(page.url(), /#\/login$/u);
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Gebruikersnaam" });
  await world.screen("sign-in");
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.getByRole("heading", { name: "Er zijn 2 fouten" }).waitFor();
  await world.screen("sign-in-errors");
  world.expectStatus(401, "/api/login");
  await typeIn(page, adviser.username, "een ander wachtwoord");
  await page.getByRole("alert").getByText("Gebruikersnaam of wachtwoord").waitFor();
  assert.equal(await page.getByLabel("Gebruikersnaam").inputValue(), adviser.username);
  await typeIn(page, adviser.username, adviser.password);
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.title]), [0, 0, "Cliënten · FinRust"]);
});

story("too many guesses have to wait, and are told how long", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await page.goto("/");
  world.expectStatus(401, "/api/login");
  world.expectStatus(429, "/api/login");
  const alert = page.locator(".summary");
  for (let guess = 0; !/seconden? opnieuw/u.test((await alert.textContent()) ?? ""); guess++) {
    assert.ok(guess < 20, "nobody ever had to wait");
    const answered = page.waitForResponse(/\/api\/login$/u);
    await typeIn(page, adviser.username, `geraden wachtwoord ${guess}`);
    await answered;
    await page.locator("button[aria-busy]").waitFor({ state: "detached" });
  }
  await world.screen("sign-in-throttled");
});

story("an invitation leads to a password and to the first client file, and leaves nothing in the address", async (world) => {
  const { person, oneTimePassword } = await world.people.invite("adviser", {});
  const { link } = await world.mailbox.next(person.email);
  assert.ok(link);
  const { page } = world;
  await follow(page, link);
  await page.getByText("Het eenmalige wachtwoord uit uw e-mail is ingevuld.").waitFor();
  assert.equal(new URL(page.url()).hash, "#/login");
  assert.equal(await page.getByLabel("Wachtwoord", { exact: true }).inputValue(), oneTimePassword);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.getByRole("heading", { name: "Kies een nieuw wachtwoord" }).waitFor();
  await world.screen("new-password");
  world.expectStatus(422, "/api/login/new-password");
  await choose(page, "welkom welkom 2026");
  await page.getByRole("alert").waitFor();
  assert.equal(await page.getByLabel("Nieuw wachtwoord").getAttribute("aria-invalid"), "true");
  await choose(page, CHOSEN);
  // Until the list has come, another link of that name stands above it, and goes with it.
  await page.getByRole("heading", { name: "U hebt nog geen cliënten" }).waitFor();
  await page.getByRole("link", { name: "Nieuwe cliënt" }).first().click();
  await page.getByLabel("Achternaam").first().fill("Van der Meulen");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByRole("heading", { name: "Van der Meulen", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Cliënten", exact: true }).click();
  await page.getByRole("link", { name: "Van der Meulen" }).waitFor();
  for (let steps = 0; steps < 3; steps++) {
    await page.goBack();
    assert.doesNotMatch(page.url(), new RegExp(oneTimePassword, "u"));
  }
});

story("a forgotten password is replaced by mail; the answer does not tell who exists", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  const elsewhere = await world.anotherBrowser();
  await world.signIn(adviser, elsewhere);
  await elsewhere.goto("/");
  await elsewhere.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await page.goto("/");
  const said = [];
  for (const username of ["niemand", adviser.username]) {
    await page.getByRole("link", { name: "Wachtwoord vergeten?" }).click();
    await page.getByRole("heading", { name: "Wachtwoord vergeten" }).waitFor();
    if (said.length === 0) await world.screen("forgotten");
    await page.getByLabel("Gebruikersnaam").fill(username);
    await page.getByRole("button", { name: "Stuur mij een e-mail" }).click();
    await page.getByRole("heading", { name: "Kijk in uw e-mail" }).waitFor();
    said.push(await page.getByRole("main").textContent());
    await page.getByRole("link", { name: "Terug naar inloggen" }).click();
  }
  assert.equal(said[0], said[1]);
  let mail = await world.mailbox.next(adviser.email);
  while (!/nieuw wachtwoord/iu.test(mail.subject)) mail = await world.mailbox.next(adviser.email);
  await follow(page, mail.link);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await choose(page, CHOSEN);
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  // The other session ended with the old password: its next call asks to sign in, and the old password does not do.
  world.expectStatus(401, "/api/");
  await elsewhere.reload();
  await elsewhere.getByRole("heading", { name: "Inloggen" }).waitFor();
  await typeIn(elsewhere, adviser.username, adviser.password);
  await elsewhere.getByRole("alert").waitFor();
});

story("a step that takes too long begins again", async (world) => {
  const adviser = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await page.goto("/");
  await typeIn(page, adviser.username, adviser.password);
  await page.getByRole("heading", { name: "Tweede stap" }).waitFor();
  await world.screen("second-factor");
  await page.getByRole("button", { name: "Ik heb mijn telefoon niet bij me" }).click();
  await page.getByRole("heading", { name: "Herstelcode" }).waitFor();
  await world.screen("recovery-code");
  await page.getByRole("button", { name: "Toch een code uit de app gebruiken" }).click();
  await world.advance({ minutes: 11 });
  world.expectStatus(401, "/api/login/two-factor");
  await typeCode(page.getByLabel("Code"), () => adviser.totp());
  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByText("Deze stap duurde te lang.").waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(adviser.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await typeCode(page.getByLabel("Code"), () => adviser.totp());
  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
});

story("another language is one click away, and the account remembers it", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await page.goto("/");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.getByRole("button", { name: "Nederlands" }).click();
  await typeIn(page, adviser.username, adviser.password);
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  const saved = page.waitForResponse((answer) => answer.url().endsWith("/api/account") && answer.request().method() === "PUT");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
  assert.equal((await saved).status(), 204);
  await page.reload();
  await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
});

story("a link from a mail that was used says so, and what to do", async (world) => {
  const { person, oneTimePassword } = await world.people.invite("adviser");
  const { page } = world;
  await person.api.post("/api/login", { username: person.username, password: oneTimePassword });
  await person.api.post("/api/login/new-password", { new_password: person.password });
  await page.goto(`/#/login/${person.username}/${oneTimePassword}`);
  world.expectStatus(401, "/api/login");
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.getByRole("alert").getByText("werkt niet meer: het is gebruikt of verlopen").waitFor();
  await world.screen("sign-in-used-link");
});

story("a name and a code are taken as they are copied", async (world) => {
  const person = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await page.goto("/");
  await page.getByLabel("Gebruikersnaam").fill(` ${person.username}\u200b\u00a0`);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await typeCode(page.getByLabel("Code", { exact: true }), async () => {
    const code = await person.totp();
    return `\u202a${code.slice(0, 3)}\u00a0${code.slice(3)}\u202c`;
  });
  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
});
