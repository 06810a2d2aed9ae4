// An answer that comes when somebody is elsewhere already: it is said, and leads nowhere.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, story } from "../story.mjs";
import { root } from "../tools.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * Holds back the answers to this until they are let go.
 * @param {Page} page @param {RegExp} path @param {string} method
 * @returns {Promise<() => void>}
 */
async function held(page, path, method) {
  /** @type {() => void} */
  let release = () => {};
  const whole = new Promise((/** @type {(value: void) => void} */ done) => (release = done));
  await page.route(path, async (route) => {
    if (route.request().method() === method) await whole;
    await route.continue();
  });
  return release;
}

/** @type {Record<string, { officer?: boolean, at: string, fill: (page: Page) => Promise<unknown>, button: string, path: RegExp, method: string, words: RegExp }>} */
const SCREENS = {
  "a request": {
    at: "requests/new",
    fill: async (page) => (await page.getByLabel("Soort verzoek").selectOption({ index: 1 }), page.getByLabel("Wie het vraagt").fill("Anna")),
    button: "Verzoek vastleggen",
    path: /\/api\/requests$/u,
    method: "POST",
    words: /vastgelegd/iu,
  },
  "the own name": { at: "account/profile", fill: (page) => page.getByLabel("Naam", { exact: true }).fill("Anders"), button: "Opslaan", path: /\/api\/account$/u, method: "PUT", words: /Opgeslagen/u },
  "a sub-processor": { officer: true, at: "processors/new", fill: (page) => page.locator("input[name=name]").fill("Verwerker"), button: "Concept bewaren", path: /\/api\/processors$/u, method: "POST", words: /Opgeslagen/u },
  "an invitation": {
    officer: true,
    at: "accounts/invite",
    fill: async (page) => {
      for (const [name, value] of [["display_name", "Jan"], ["email", "mailto:jan@b\u00fccher.de"], ["username", "jan.later"]]) await page.locator(`input[name=${name}]`).fill(value ?? "");
    },
    button: "Uitnodigen",
    path: /\/api\/accounts$/u,
    method: "POST",
    words: /jan@b\u00fccher\.de/u,
  },
};

for (const [name, { officer = false, at, fill, button, path, method, words }] of Object.entries(SCREENS)) {
  story(`an answer about ${name} that comes late leads nobody away from another screen`, async (world) => {
    const { page } = world;
    await world.signIn(officer ? await world.people.newOfficer() : await world.people.newAdviser());
    await page.goto(`/#/${at}`);
    const press = page.locator("main form button[type=submit]").first();
    await press.waitFor();
    await fill(page);
    const release = await held(page, path, method);
    await press.click();
    await page.evaluate(() => void (location.hash = "#/suspicion"));
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    // Nobody knows yet whether it is lost.
    assert.match((await dialog.textContent()) ?? "", /FinRust wacht nog op antwoord.*Nu weggaan/u, button);
    assert.doesNotMatch((await dialog.textContent()) ?? "", /opgeslagen|raakt u dit kwijt/iu);
    await dialog.getByRole("button", { name: "Nu weggaan" }).click();
    await page.getByLabel("Wat er is gebeurd").or(page.locator("textarea[name=what]")).first().fill("Een laptop is weg");
    release();
    await page.getByRole("status").getByText(words).first().waitFor();
    await page.waitForTimeout(200);
    assert.equal(await page.locator("dialog").count(), 0);
    assert.match(page.url(), /#\/suspicion$/u);
    assert.equal(await page.locator("textarea[name=what]").inputValue(), "Een laptop is weg");
  });
}

story("a refusal that comes late is told where somebody is by then", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newAdviser());
  await page.goto("/#/account/profile");
  await page.getByLabel("Naam", { exact: true }).fill("\u{1F600}".repeat(300));
  const release = await held(page, /\/api\/account$/u, "PUT");
  world.expectStatus(422, "/api/account");
  await page.locator("main form button[type=submit]").click();
  await page.evaluate(() => void (location.hash = "#/suspicion"));
  await page.getByRole("dialog").getByRole("button", { name: "Nu weggaan" }).click();
  await page.locator("textarea[name=what]").waitFor();
  release();
  await page.locator(".toast").waitFor();
  assert.match(page.url(), /#\/suspicion$/u);
});

/** Where somebody goes on with whether they are still there. */
const OWN_WAY = ["client_file/deletion.js", "exchange/import.js", "exchange/exchange.js", "sign_in.js"];

check("what an answer leads to is handed to the form or the button, which know whether somebody is still there", async () => {
  const front = join(root, "handlers/front");
  const files = readdirSync(join(front, "pages"), { recursive: true }).map((file) => join("pages", String(file)));
  const own = files.filter((file) => file.endsWith(".js") && OWN_WAY.every((other) => !file.endsWith(other)));
  const leads = own.flatMap((file) => readFileSync(join(front, file), "utf8").split("\n").filter((line) => /^ *(?:if \(.*\) )?go\(/u.test(line)).map((line) => `${file}: ${line.trim()}`));
  assert.deepEqual(leads, []);
});
