// Browsers that refuse what pages usually have: cookies, channels between tabs; lines that bring the page in part.
import assert from "node:assert/strict";
import { walked } from "../engines.mjs";
import { box, button, Hands } from "../hands.mjs";
import { check, story } from "../story.mjs";
import { typeCode } from "../totp.mjs";

const BLOCKED = { "network.cookie.cookieBehavior": 2 };

check("Firefox without cookies says so before the password is sent", () => walked("firefox", async (engine, { origin, people }) => {
  const person = await people.newAdviser();
  const hands = new Hands(engine, "mouse");
  await engine.go(`${origin}/`);
  await hands.sees("//*[@role='alert'][contains(., 'bewaart geen cookies')]");
  await hands.fill(box("Gebruikersnaam"), person.username);
  await hands.fill(box("Wachtwoord"), person.password);
  await engine.run("window.sent = 0; const old = fetch; window.fetch = (...all) => (window.sent++, old(...all))");
  await hands.press(button("Inloggen"));
  await hands.sees("//*[contains(@class, 'summary')][contains(., 'bewaart geen cookies')]");
  assert.equal(await engine.run("return window.sent"), 0);
}, BLOCKED));

/** Answers whose cookies are lost on the way. @param {import("../world.mjs").World} world */
async function forgetful({ page }) {
  await page.route("**/api/login**", async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers() };
    delete headers["set-cookie"];
    await page.context().clearCookies();
    await route.fulfill({ response, headers });
  });
}

for (const twoFactor of [false, true]) {
  story(`a cookie that is not kept is what the page speaks of, ${twoFactor ? "with" : "without"} a second factor`, async (world) => {
    const { page } = world;
    const person = await world.people.newAdviser({ twoFactor });
    await forgetful(world);
    if (twoFactor) world.expectStatus(401, "/api/login/two-factor");
    await page.goto("/");
    await page.getByLabel("Gebruikersnaam").fill(person.username);
    await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
    await page.getByRole("button", { name: "Inloggen", exact: true }).click();
    if (twoFactor) {
      await typeCode(page.getByLabel("Code"), () => person.totp());
      await page.getByRole("button", { name: "Verder" }).click();
    }
    await page.getByRole("alert").getByText("bewaart geen cookies").waitFor();
  });
}

story("a module of the start that does not come leaves words in both languages", async (world) => {
  const { page } = world;
  await page.route("**/core/pieces.js", (route) => route.abort());
  world.expect(/pieces\.js: failed with/u);
  world.expect(/^console error: Failed to load resource/u);
  await page.goto("/");
  await page.getByText("FinRust wordt geladen.").waitFor();
  await page.getByText("FinRust is loading.").waitFor();
});

story("until the first answer the page says that it loads", async (world) => {
  const { page } = world;
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((/** @type {(value: void) => void} */ done) => (release = done));
  await page.route("**/api/session", async (route) => (await held, route.continue()));
  await page.goto("/");
  await page.getByText("FinRust wordt geladen.").waitFor();
  release();
  await page.getByLabel("Gebruikersnaam").waitFor();
  assert.equal(await page.getByText("FinRust wordt geladen.").count(), 0);
});

story("signing in begins in the language of the browser", async (world) => {
  for (const [locale, words] of [["en-US", "Sign in"], ["nl-BE", "Inloggen"], ["fr-FR", "Inloggen"]]) {
    const page = await world.anotherBrowser({ locale: locale ?? "" });
    await page.goto("/");
    await page.getByRole("heading", { level: 1, name: words ?? "" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), words === "Sign in" ? "en" : "nl");
  }
});

story("an address with a slash too many leads where it would without", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newAdviser());
  for (const [from, title] of [["#/clients/", "Cliënten"], ["#/clients//overview", "Cliënten"], ["#/account/", "Mijn account"], ["#//clients", "Cliënten"]]) {
    await page.goto(`/${from}`);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: title ?? "" }).waitFor();
  }
});
