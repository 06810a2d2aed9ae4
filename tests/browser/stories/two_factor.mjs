// The second step of signing in, through the screens: setting it up, using it, losing the phone, switching it off.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { story } from "../story.mjs";
import { screens } from "../tools.mjs";
import { Authenticator, typeCode } from "../totp.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const CODES = 10;

/** @param {World} world */
async function signedIn(world, twoFactor = false) {
  const adviser = await world.people.newAdviser({ twoFactor });
  await world.signIn(adviser);
  await world.page.goto("/#/account/two-factor");
  await world.page.getByRole("heading", { name: "Tweede stap", level: 1 }).waitFor();
  return adviser;
}

/** @param {Page} page @param {string} username @param {string} password */
async function password(page, username, password) {
  await page.getByLabel("Gebruikersnaam").fill(username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.getByRole("heading", { name: "Tweede stap" }).waitFor();
}

/** @param {Page} page @param {string} label @param {string} value */
async function factor(page, label, value) {
  await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole("button", { name: "Verder" }).click();
}

/** The password, which leads to the QR code; gives the app that has typed the key. @param {World} world @param {string} password */
async function scan(world, password) {
  const { page } = world;
  await page.getByLabel("Huidig wachtwoord").fill(password);
  const answered = page.waitForResponse((one) => one.url().endsWith("/api/two-factor") && one.status() === 201);
  const [answer] = await Promise.all([answered, page.getByRole("button", { name: "Verder" }).click()]);
  const code = page.getByRole("img", { name: "QR-code voor uw authenticator-app" });
  const squares = await code.locator("path").getAttribute("d");
  assert.ok(squares && (await answer.json()).qr_svg.includes(`d="${squares}"`), "not the server's QR code");
  await page.getByText("Lukt scannen niet?").click();
  const key = (await page.locator("code").textContent()) ?? "";
  assert.match(key, /^[A-Z2-7]{4}( [A-Z2-7]{4})+$/u);
  const link = (await page.getByRole("link", { name: "Of open de app op dit apparaat" }).getAttribute("href")) ?? "";
  assert.equal(new URL(link).searchParams.get("secret"), key.replaceAll(" ", ""));
  return new Authenticator(key, { now: () => world.server.clock.now(), advance: (span) => world.advance(span) });
}

/** @param {Page} page @param {string} code */
async function confirm(page, code) {
  await page.getByLabel("Code uit de app").fill(code);
  await page.getByRole("button", { name: "Aanzetten" }).click();
}

/** @param {Page} page */
async function shownCodes(page) {
  await page.getByRole("heading", { name: "Bewaar uw herstelcodes" }).waitFor();
  const codes = await page.locator("ol code").allTextContents();
  assert.equal(new Set(codes).size, CODES);
  return codes;
}

/** @param {Page} page */
async function keep(page) {
  await page.getByLabel("Ik heb de codes bewaard").check();
  await page.getByRole("button", { name: "Verder" }).click();
}

/** @param {Page} page */
async function signOut(page) {
  await page.getByRole("button", { name: "Uitloggen" }).click();
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
}

story("is set up, signs in with a code that works once, and with a recovery code that works once", async (world) => {
  const { page } = world;
  const adviser = await signedIn(world);
  await world.screen("two-factor-off");
  await page.getByRole("button", { name: "Aanzetten" }).click();
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Huidig wachtwoord" });
  world.expectStatus(401, "/api/two-factor");
  await page.getByLabel("Huidig wachtwoord").fill("iets heel anders");
  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByText("Dit is niet uw huidige wachtwoord.").waitFor();
  await world.screen("two-factor-password");
  const app = await scan(world, adviser.password);
  await world.screen("two-factor-scan");
  world.expectStatus(401, "/api/two-factor/confirm");
  await confirm(page, "000000");
  await page.getByText("Deze code klopt niet.").waitFor();
  await confirm(page, await app.before());
  const codes = await shownCodes(page);
  await world.screen("recovery-codes");
  await keep(page);
  await page.getByText("Nog 10 herstelcodes").waitFor();
  await world.screen("two-factor-on");

  await signOut(page);
  await password(page, adviser.username, adviser.password);
  const used = await app.next();
  await factor(page, "Code", used);
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await signOut(page);
  await password(page, adviser.username, adviser.password);
  world.expectStatus(401, "/api/login/two-factor");
  await factor(page, "Code", used);
  await page.getByRole("alert").getByText("Deze code klopt niet.").waitFor();

  await page.getByRole("button", { name: "Ik heb mijn telefoon niet bij me" }).click();
  await factor(page, "Herstelcode", codes[0] ?? "");
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await signOut(page);
  await password(page, adviser.username, adviser.password);
  await page.getByRole("button", { name: "Ik heb mijn telefoon niet bij me" }).click();
  await factor(page, "Herstelcode", codes[0] ?? "");
  await page.getByRole("alert").getByText("Deze herstelcode klopt niet of is al gebruikt.").waitFor();
  await factor(page, "Herstelcode", codes[1] ?? "");
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await page.goto("/#/account");
  await page.getByText("Nog 8 herstelcodes").waitFor();
});

story("recovery codes are copied, downloaded and printed, and not left behind unkept", async (world) => {
  const { page } = world;
  const adviser = await signedIn(world, true);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Nieuwe herstelcodes" }).click();
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await page.getByLabel("Code uit uw huidige app").fill("000000");
  world.expectStatus(401, "/api/two-factor/recovery-codes");
  await page.getByRole("button", { name: "Nieuwe herstelcodes" }).click();
  await page.getByText("Deze code klopt niet.").waitFor();
  await world.screen("recovery-codes-renew");
  await typeCode(page.getByLabel("Code uit uw huidige app"), () => adviser.totp());
  await page.getByRole("button", { name: "Nieuwe herstelcodes" }).click();
  const codes = await shownCodes(page);
  assert.equal(codes.some((code) => adviser.recoveryCodes.includes(code)), false);

  await page.getByRole("button", { name: "Kopiëren" }).click();
  await page.getByText("Gekopieerd.").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Downloaden" }).click()]);
  assert.equal(file.suggestedFilename(), "finrust-herstelcodes.txt");
  assert.equal(await readFile(await file.path(), "utf8"), copied);
  for (const code of codes) assert.ok(copied.includes(code), `${code} is missing`);
  assert.equal(copied.includes(adviser.username), false);

  await page.evaluate(() => Object.assign(globalThis, { print: () => (document.title = "printed") }));
  await page.getByRole("button", { name: "Afdrukken" }).click();
  assert.equal(await page.title(), "printed");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByText("Herstelcodes voor FinRust").isVisible(), true);
  assert.equal(await page.getByText(codes[9] ?? "").isVisible(), true);
  for (const hidden of [page.getByRole("navigation"), page.getByRole("button"), page.getByLabel("Ik heb de codes bewaard")]) {
    assert.equal(await hidden.filter({ visible: true }).count(), 0);
  }
  await page.screenshot({ path: join(screens, "recovery-codes-print.png") });
  await page.emulateMedia({ media: "screen" });

  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByText("Bewaar eerst de codes en zet dan het vinkje.").waitFor();
  await page.getByRole("link", { name: "Sessies" }).click();
  const question = page.getByRole("dialog");
  await question.getByText("Hierna ziet u ze niet meer.").waitFor();
  await world.screen("recovery-codes-leaving");
  await question.getByRole("button", { name: "Hier blijven" }).click();
  await keep(page);
  await page.getByText("Nog 10 herstelcodes").waitFor();
});

story("another phone takes the place of the lost one, with a recovery code", async (world) => {
  const { page } = world;
  const adviser = await signedIn(world, true);
  await page.getByRole("button", { name: "Opnieuw instellen" }).click();
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  world.expectStatus(401, "/api/two-factor");
  await page.getByLabel("Code uit uw huidige app").fill("000000");
  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByText("Deze code klopt niet.").waitFor();
  await world.screen("two-factor-again");
  await page.getByLabel("Code uit uw huidige app").fill(adviser.recoveryCodes[0] ?? "");
  const app = await scan(world, adviser.password);
  await confirm(page, await app.before());
  await shownCodes(page);
  await keep(page);
  await page.getByText("Nog 10 herstelcodes").waitFor();
  await signOut(page);
  await password(page, adviser.username, adviser.password);
  await factor(page, "Code", await app.next());
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
});

story("is switched off with password and code; a mail tells", async (world) => {
  const { page } = world;
  const adviser = await signedIn(world, true);
  await page.getByRole("button", { name: "Uitzetten" }).click();
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await page.getByLabel("Code uit uw huidige app").fill(adviser.recoveryCodes[0] ?? "");
  await world.screen("two-factor-disable");
  await page.getByRole("button", { name: "Uitzetten" }).click();
  await page.getByText("De tweede stap staat uit.").waitFor();
  await page.getByRole("button", { name: "Aanzetten" }).waitFor();
  const { json } = await adviser.api.post("/api/login", { username: adviser.username, password: adviser.password });
  assert.equal(json.next, "done");
  const told = /** @type {string[]} */ ([]);
  while (!told.includes("De tweede stap van het inloggen bij FinRust is uitgezet")) told.push((await world.mailbox.next(adviser.email)).subject);
});

story("an officer sets it up before anything else, by keyboard alone, and cannot switch it off", async (world) => {
  const { page } = world;
  const { person } = await world.people.invite("officer");
  await page.goto((await world.mailbox.next(person.email)).link);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.getByLabel("Nieuw wachtwoord").fill(person.password);
  await page.getByRole("button", { name: "Wachtwoord opslaan" }).click();
  await page.getByText("Als privacy officer beheert u de accounts").waitFor();
  await world.screen("two-factor-forced");
  await page.goto("/#/accounts");
  await page.getByText("Als privacy officer beheert u de accounts").waitFor();
  const app = await scan(world, person.password);
  const code = await app.before();
  await page.getByLabel("Code uit de app").focus();
  await page.keyboard.type(code);
  await world.keys("Enter");
  await shownCodes(page);
  assert.deepEqual(await world.focused(), { role: "heading", name: "Bewaar uw herstelcodes" });
  await world.keys("Tab", "Tab", "Tab", "Tab", "Space", "Enter");
  await page.getByRole("heading", { name: "Accounts", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Mijn account" }).click();
  await page.getByRole("link", { name: "Tweede stap", exact: true }).click();
  await page.getByText("Een privacy officer logt altijd met een tweede stap in").waitFor();
  assert.equal(await page.getByRole("button", { name: "Uitzetten" }).count(), 0);
});

story("a QR code with anything else in it is not drawn; the key still does", async (world) => {
  const { page } = world;
  const adviser = await signedIn(world);
  await page.route("**/api/two-factor", async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    await route.fulfill({ response, json: { ...json, qr_svg: json.qr_svg.replace("</svg>", "<script>alert(1)</script></svg>") } });
  });
  await page.getByRole("button", { name: "Aanzetten" }).click();
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await page.getByRole("button", { name: "Verder" }).click();
  await page.getByText("Lukt scannen niet?").click();
  await page.locator("code").waitFor();
  assert.equal(await page.locator("main svg, main script").count(), 0);
});
