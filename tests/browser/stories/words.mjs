// Words in two languages: only those of the chosen one are loaded, and a language whose words do not come leaves everything as it is.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** Names of the files with words that a page asks for. @param {Page} page */
function asked(page) {
  /** @type {string[]} */
  const found = [];
  page.on("request", (request) => {
    const [name] = /[^/]*\/text\.\w+\.json$/u.exec(new URL(request.url()).pathname) ?? [];
    if (name !== undefined) found.push(name.replace(/^[0-9a-f]{16}\//u, ""));
  });
  return found;
}

story("words are loaded in the language of the browser, and in the other one when it is chosen", async (world) => {
  const { page } = world;
  const files = asked(page);
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: "Inloggen" }).waitFor();
  assert.deepEqual(files, ["text.nl.json"]);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await page.getByRole("button", { name: "Nederlands" }).click();
  await page.getByRole("heading", { level: 1, name: "Inloggen" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "nl");
  assert.deepEqual(files, ["text.nl.json", "text.en.json"]);
});

story("an account has its own language, whatever the browser speaks", async (world) => {
  const page = await world.anotherBrowser({ locale: "en-GB" });
  const files = asked(page);
  await world.signIn(await world.people.newOfficer({ name: "Olga Officier" }), page);
  await page.goto("/#/breaches");
  await page.getByRole("heading", { level: 1, name: "Datalekken" }).waitFor();
  await page.getByRole("link", { name: "Uitloggen" }).or(page.getByRole("button", { name: "Uitloggen" })).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "nl");
  await page.waitForFunction(() => document.querySelector("main [aria-busy=true]") === null);
  assert.deepEqual(files, ["text.en.json", "text.nl.json", "breaches/text.nl.json"]);
});

story("a language whose words do not come is not taken, and is tried again when it is chosen again", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newAdviser({ name: "Anna Adviseur" }));
  await page.goto("/#/messages");
  await page.getByText("geen berichten").or(page.locator(".empty")).first().waitFor();
  await page.route("**/messages/text.en.json", (route) => route.abort("connectionreset"));
  world.expect(/text\.en\.json: failed with net::ERR_CONNECTION_RESET/u);
  world.expect(/^console error: Failed to load resource: net::ERR_CONNECTION_RESET/u);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("status").getByText("Een deel van FinRust is niet geladen").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "nl");
  await page.getByRole("heading", { level: 1, name: "Berichten" }).waitFor();
  await page.unroute("**/messages/text.en.json");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { level: 1, name: "Messages" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
});

story("words with a number have a form for none, one and many, in both languages", async (world) => {
  const { page } = world;
  await page.goto("/");
  await page.getByRole("heading", { level: 1, name: "Inloggen" }).waitFor();
  const counted = (/** @type {string} */ key) =>
    page.evaluate(async (key) => {
      const main = /** @type {HTMLScriptElement} */ (document.querySelector("script[src$='/main.js']"));
      const { t } = await import(new URL("core/words.js", main.src).href);
      return [0, 1, 2].map((count) => t(key, { count }));
    }, key);
  assert.deepEqual(await counted("account.codes_left"), ["Geen herstelcodes meer", "Nog 1 herstelcode", "Nog 2 herstelcodes"]);
  assert.deepEqual(await counted("clients.count"), ["0 cliënten", "1 cliënt", "2 cliënten"]);
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  assert.deepEqual(await counted("account.codes_left"), ["No recovery codes left", "1 recovery code left", "2 recovery codes left"]);
  assert.deepEqual(await counted("clients.count"), ["0 clients", "1 client", "2 clients"]);
});

story("words of the start that do not come leave those of the page itself, in both languages", async (world) => {
  const { page } = world;
  await page.route("**/text.nl.json", (route) => route.abort());
  world.expect(/text\.nl\.json: failed with/u);
  world.expect(/^console error: Failed to load resource/u);
  world.expect(/Failed to fetch/u);
  await page.goto("/");
  await page.getByText("FinRust wordt geladen.").waitFor();
  await page.getByText("FinRust is loading.").waitFor();
});
