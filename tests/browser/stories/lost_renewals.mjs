// An answer that would have renewed the session, or that used something up, and does not come: it is looked for what was done, and said.
import assert from "node:assert/strict";
import { lost, press, unheard } from "../lost.mjs";
import { story } from "../story.mjs";
import { Authenticator, typeCode } from "../totp.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("../people.mjs").Person} Person */
/** @typedef {import("playwright-core").Page} Page */

const CHOSEN = "tractor-zilver-ochtend-4";

/** Types the key of the QR code into an app. @param {World} world */
async function scan(world) {
  await world.page.getByText("Lukt scannen niet?").click();
  const key = (await world.page.locator("code.secret").textContent()) ?? "";
  return new Authenticator(key, { now: () => world.server.clock.now(), advance: (span) => world.advance(span) });
}

/** Says who it is, where that is asked for with these words. @param {Page} page @param {string} words @param {string} password @param {() => Promise<string>} [code] */
async function again(page, words, password, code) {
  await page.getByText(words).waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(password);
  await press(page, "Inloggen");
  if (!code) return;
  await typeCode(page.locator("input[name=code]").last(), code);
  await press(page, "Verder");
}

/**
 * @typedef {object} Renewal
 * @property {boolean} [twoFactor] whether it is on before
 * @property {string} at
 * @property {(world: World, person: Person) => Promise<() => Promise<string>>} fill gives the codes of the app that counts once it is done
 * @property {string} button
 * @property {RegExp} path
 * @property {string} method
 * @property {string} maybe what is said where somebody has to sign in again
 * @property {string} [password] when it is another one then
 * @property {boolean} [factor] whether it is on then
 * @property {(page: Page) => Promise<unknown>} done what is on the screen then
 */

/** @param {Page} page @param {string} password @param {string} code */
async function both(page, password, code) {
  await page.getByLabel("Huidig wachtwoord").fill(password);
  await page.getByLabel("Code uit uw huidige app").fill(code);
}

/** Whoever did not hear the answer may never have seen the codes that it held. */
const WITH_CODES = { factor: true, done: (/** @type {Page} */ page) => page.getByText("U hebt nog niet aangevinkt dat u ze hebt bewaard.").waitFor() };

/**
 * An app is scanned once it has been asked for.
 * @param {{ twoFactor?: boolean, ask: (page: Page, person: Person) => Promise<void>, maybe: string }} how
 * @returns {Renewal}
 */
function withAnApp({ twoFactor = false, ask, maybe }) {
  return {
    twoFactor,
    at: "account/two-factor",
    fill: async (world, person) => {
      const { page } = world;
      await ask(page, person);
      await press(page, "Verder");
      const app = await scan(world);
      await typeCode(page.getByLabel("Code uit de app"), () => app.before());
      return () => app.next();
    },
    button: "Aanzetten",
    path: /\/api\/two-factor\/confirm$/u,
    method: "POST",
    maybe,
    ...WITH_CODES,
  };
}

/** @type {Record<string, Renewal>} */
const RENEWALS = {
  "a new password": {
    at: "account/password",
    fill: async ({ page }, person) => {
      await page.locator("input[name=current_password]").fill(person.password);
      await page.locator("input[name=new_password]").fill(CHOSEN);
      return () => person.totp();
    },
    button: "Wachtwoord wijzigen",
    path: /\/api\/account\/password$/u,
    method: "PUT",
    maybe: "Uw nieuwe wachtwoord is misschien al ingesteld.",
    password: CHOSEN,
    done: (page) => page.getByText("Uw wachtwoord is gewijzigd").waitFor(),
  },
  "another address": {
    at: "account/email",
    fill: async ({ page }, person) => {
      await page.getByLabel("Nieuw e-mailadres").fill("nieuw@example.nl");
      await page.getByLabel("Huidig wachtwoord").fill(person.password);
      return () => person.totp();
    },
    button: "E-mailadres wijzigen",
    path: /\/api\/account\/email$/u,
    method: "PUT",
    maybe: "Uw e-mailadres is misschien al gewijzigd.",
    done: async (page) => {
      await page.getByText("Uw e-mailadres is gewijzigd.").waitFor();
      await page.getByText("nieuw@example.nl").first().waitFor();
    },
  },
  "a second factor that is switched on": withAnApp({
    ask: async (page, person) => {
      await press(page, "Aanzetten");
      await page.getByLabel("Huidig wachtwoord").fill(person.password);
    },
    maybe: "Uw tweede stap is misschien al gewijzigd.",
  }),
  "another app": withAnApp({
    twoFactor: true,
    ask: async (page, person) => {
      await page.getByRole("button", { name: "Opnieuw instellen" }).click();
      await both(page, person.password, await person.totp());
    },
    maybe: "Uw nieuwe app is misschien al gekoppeld.",
  }),
  "a second factor that is switched off": {
    twoFactor: true,
    at: "account/two-factor",
    fill: async ({ page }, person) => {
      await press(page, "Uitzetten");
      await both(page, person.password, person.recoveryCodes[0] ?? "");
      return () => person.totp();
    },
    button: "Uitzetten",
    path: /\/api\/two-factor\/disable$/u,
    method: "POST",
    maybe: "Uw tweede stap is misschien al gewijzigd.",
    done: async (page) => {
      await page.getByText("De tweede stap staat uit.").waitFor();
      await page.getByRole("button", { name: "Aanzetten" }).waitFor();
    },
  },
  "new recovery codes": {
    twoFactor: true,
    at: "account/two-factor",
    fill: async ({ page }, person) => {
      await page.getByRole("button", { name: "Nieuwe herstelcodes" }).click();
      await both(page, person.password, await person.totp());
      return () => person.totp();
    },
    button: "Nieuwe herstelcodes",
    path: /\/api\/two-factor\/recovery-codes$/u,
    method: "POST",
    maybe: "Er zijn misschien al nieuwe herstelcodes gemaakt.",
    ...WITH_CODES,
  },
};

for (const [name, renewal] of Object.entries(RENEWALS)) {
  for (const isLookLost of [false, true]) {
    story(`${name} without an answer${isLookLost ? ", nor one to what has become of it," : ""} is done once, and the screen says so`, async (world) => {
      const { twoFactor = false, at, fill, button, path, method, maybe, password, factor = false, done } = renewal;
      const { page } = world;
      const person = await world.people.newAdviser({ twoFactor });
      const api = await world.signIn(person);
      if (twoFactor) await api.post("/api/two-factor/recovery-codes/seen");
      await page.goto(`/#/${at}`);
      const code = await fill(world, person);
      await lost(world, page, path, method);
      if (isLookLost) await lost(world, page, /\/api\/account$/u, "GET");
      world.expectStatus(401, "/api/");
      let asked = 0;
      page.on("request", (request) => (asked += Number(request.method() === method && path.test(request.url()))));
      await press(page, button);
      if (isLookLost) {
        await unheard(page);
        // With the cookie of before: nobody judges what was shown with it.
        await press(page, button);
      }
      await again(page, maybe, password ?? person.password, factor ? code : undefined);
      await done(page);
      // What was asked for by hand, and nothing by itself.
      assert.equal(asked, isLookLost ? 2 : 1);
    });
  }
}

story("recovery codes that nobody has seen lead to new ones, until somebody has", async (world) => {
  const adviser = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await world.signIn(adviser);
  const renew = async () => {
    await page.getByRole("button", { name: "Nieuwe herstelcodes" }).first().click();
    await both(page, adviser.password, await adviser.totp());
    await press(page, "Nieuwe herstelcodes");
  };
  await page.goto("/#/account/two-factor");
  await lost(world, page, /\/api\/two-factor\/recovery-codes$/u, "POST");
  world.expectStatus(401, "/api/");
  await renew();
  await again(page, "Er zijn misschien al nieuwe herstelcodes gemaakt.", adviser.password, () => adviser.totp());
  await page.getByText("U hebt nog niet aangevinkt dat u ze hebt bewaard.").waitFor();
  await renew();
  await page.getByLabel("Ik heb de codes bewaard").check();
  await press(page, "Verder");
  await page.getByRole("button", { name: "Nieuwe herstelcodes" }).waitFor();
  assert.equal(await page.getByText("U hebt nog niet aangevinkt dat u ze hebt bewaard.").count(), 0);
});

for (const isRecovery of [false, true]) {
  story(`another app that was begun with a ${isRecovery ? "recovery code" : "code"} and got no answer says that it is used up`, async (world) => {
    const adviser = await world.people.newAdviser({ twoFactor: true });
    const { page } = world;
    await world.signIn(adviser);
    const codes = [...adviser.recoveryCodes];
    const next = async () => (isRecovery ? (codes.pop() ?? "") : adviser.totp());
    await page.goto("/#/account/two-factor");
    await page.getByRole("button", { name: "Opnieuw instellen" }).click();
    await both(page, adviser.password, await next());
    await lost(world, page, /\/api\/two-factor$/u, "POST");
    await press(page, "Verder");
    await unheard(page);
    world.expectStatus(401, "/api/two-factor");
    await press(page, "Verder");
    await page.getByText("Deze code is al gebruikt").first().waitFor();
    await page.getByLabel("Code uit uw huidige app").fill("000000");
    await press(page, "Verder");
    await page.getByText("Deze code klopt niet.").first().waitFor();
    await typeCode(page.getByLabel("Code uit uw huidige app"), next);
    await press(page, "Verder");
    await page.getByLabel("Code uit de app").waitFor();
  });
}

/** @param {Page} page @param {string} username @param {string} password */
async function signIn(page, username, password) {
  await page.getByLabel("Gebruikersnaam").fill(username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(password);
  await press(page, "Inloggen");
}

story("a code without an answer at the sign-in is said to be used, and cookies are not blamed", async (world) => {
  const adviser = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await page.goto("/");
  await signIn(page, adviser.username, adviser.password);
  await typeCode(page.getByLabel("Code", { exact: true }), () => adviser.totp());
  await lost(world, page, /\/api\/login\/two-factor$/u, "POST");
  await press(page, "Verder");
  await unheard(page);
  world.expectStatus(401, "/api/");
  await press(page, "Verder");
  await page.getByRole("alert").getByText("Het antwoord op uw code is niet aangekomen.").waitFor();
  await signIn(page, adviser.username, adviser.password);
  await typeCode(page.getByLabel("Code", { exact: true }), () => adviser.totp());
  await press(page, "Verder");
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
});

story("a first password without an answer is asked for, and cookies are not blamed", async (world) => {
  const { person, oneTimePassword } = await world.people.invite("adviser", {});
  const { page } = world;
  await page.goto("/");
  await signIn(page, person.username, oneTimePassword);
  await page.getByRole("heading", { name: "Kies een nieuw wachtwoord" }).waitFor();
  await page.getByLabel("Nieuw wachtwoord").fill(CHOSEN);
  await lost(world, page, /\/api\/login\/new-password$/u, "POST");
  await press(page, "Wachtwoord opslaan");
  await unheard(page);
  world.expectStatus(401, "/api/");
  await press(page, "Wachtwoord opslaan");
  await page.getByRole("alert").getByText("Uw nieuwe wachtwoord is misschien al ingesteld.").waitFor();
  await signIn(page, person.username, CHOSEN);
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
});
