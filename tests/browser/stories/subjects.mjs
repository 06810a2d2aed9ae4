// Screens that are loaded when somebody goes there: on a slow line, without one, and for whom.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("playwright-core").Page} Page */

const SUBJECT = "**/pages/accounts/accounts.js";
/** The files of its screens. */
const SCREENS = ["accounts.js", "controller.js", "find.js", "index.js"].map((file) => `accounts/${file}`);

/** Paths of all files of a subject that a page asks for. @param {Page} page */
function asked(page) {
  /** @type {string[]} */
  const found = [];
  page.on("request", (request) => request.url().includes("/pages/accounts/") && found.push(new URL(request.url()).pathname.replace(/^.*\/pages\//u, "")));
  return found;
}

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1 }).waitFor();
}

story("a subject is loaded once, by whoever may see it", async (world) => {
  const { page } = world;
  const files = asked(page);
  await world.signIn(await world.people.newAdviser({ name: "Anna Adviseur" }));
  await page.goto("/#/accounts");
  await heading(page, "Cliënten");
  assert.deepEqual(files, []);
  const other = await world.anotherBrowser();
  const loaded = asked(other);
  await world.signIn(await world.people.newOfficer({ name: "Olga Officier" }), other);
  await other.goto("/#/accounts/invite");
  await heading(other, "Iemand uitnodigen");
  assert.deepEqual(loaded.toSorted(), [...SCREENS, "accounts/text.nl.json"]);
  await other.goto("/#/accounts/x/y");
  await heading(other, "Accounts");
  await other.waitForURL((url) => url.hash === "#/accounts");
  await other.getByRole("button", { name: "English" }).click();
  await other.getByRole("link", { name: "Invite somebody" }).click();
  await heading(other, "Invite somebody");
  assert.equal(await other.title(), "Invite somebody · FinRust");
  assert.deepEqual(loaded.toSorted(), [...SCREENS, "accounts/text.en.json", "accounts/text.nl.json"]);
});

story("on a slow line the page says that it is loading, and may be left meanwhile", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newOfficer({ name: "Olga Officier" }));
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((done) => (release = () => done(null)));
  await page.route(SUBJECT, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/");
  await page.getByText("Laden…").waitFor({ state: "attached" });
  assert.equal(await page.title(), "Accounts · FinRust");
  await world.screen("parts-loading");
  await page.getByRole("link", { name: "Mijn account" }).click();
  await heading(page, "Mijn account");
  await page.getByRole("link", { name: "Accounts", exact: true }).click();
  await page.getByText("Laden…").waitFor({ state: "attached" });
  release();
  await page.getByRole("link", { name: "Iemand uitnodigen" }).waitFor();
  assert.deepEqual(await world.focused(), { role: "heading", name: "Accounts" });
});

story("a subject that cannot be loaded says so, and is loaded with the whole page", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newOfficer({ name: "Olga Officier" }));
  await page.route(SUBJECT, (route) => route.abort("connectionreset"));
  world.expect(/accounts\.js: failed with net::ERR_CONNECTION_RESET/u);
  world.expect(/^console error: Failed to load resource: net::ERR_CONNECTION_RESET/u);
  await page.goto("/");
  await page.getByRole("alert").getByText("Een deel van FinRust is niet geladen").waitFor();
  await world.screen("parts-failed");
  await page.unroute(SUBJECT);
  await page.getByRole("button", { name: "Opnieuw proberen" }).click();
  await heading(page, "Accounts");
});
