// How a session ends: by itself after a warning, by signing out, elsewhere, without a network.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("../people.mjs").Person} Person */
/** @typedef {import("playwright-core").Page} Page */

/** An adviser at the empty form of a new file, with a name typed. @param {World} world */
async function typing(world) {
  const adviser = await world.people.newAdviser();
  await world.signIn(adviser);
  await world.page.goto("/#/clients/new");
  await surname(world.page).waitFor();
  // Typing is use: the story's clock runs from here.
  await Promise.all([world.page.waitForResponse(/\/api\/session/u), surname(world.page).fill("Van der Meulen")]);
  return adviser;
}

/** @param {Page} page */
function surname(page) {
  return page.getByLabel("Achternaam").first();
}

/** @param {Page} page @param {string} password */
async function comeBack(page, password) {
  await page.getByText("Uw sessie is verlopen.").waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
}

story("a session warns two minutes ahead, and stays at a click", async (world) => {
  const adviser = await typing(world);
  await world.advance({ minutes: 26 });
  assert.equal(await world.page.getByRole("dialog").count(), 0);
  await world.advance({ minutes: 1, seconds: 10 });
  const dialog = world.page.getByRole("dialog", { name: "Bent u er nog?" });
  await dialog.getByText(/Nog 1:[0-5]\d/u).waitFor();
  await world.screen("expiry-warning");
  const used = world.page.waitForResponse("**/api/session");
  await dialog.getByRole("button", { name: "Ingelogd blijven" }).click();
  assert.equal((await used).status(), 200);
  await dialog.waitFor({ state: "hidden" });
  await world.advance({ minutes: 20 });
  assert.equal(await surname(world.page).inputValue(), "Van der Meulen");
  assert.equal((await adviser.api.ask("GET", "/api/session")).status, 401, "a session that nobody used is over");
});

story("a session that expired hides everything, and comes back to the same place with what was typed", async (world) => {
  const adviser = await typing(world);
  const { page } = world;
  await page.getByRole("textbox", { name: "Notities" }).focus();
  const place = await page.evaluate(() => scrollY);
  await world.advance({ minutes: 32 });
  await page.getByText("Uw sessie is verlopen.").waitFor();
  assert.equal(await surname(page).count(), 0);
  assert.equal(await page.getByLabel("Gebruikersnaam").inputValue(), adviser.username);
  await world.screen("signed-out-by-time");
  world.expectStatus(401, "/api/login");
  await comeBack(page, "een ander wachtwoord");
  await page.getByRole("alert").waitFor();
  await comeBack(page, adviser.password);
  assert.equal(await surname(page).inputValue(), "Van der Meulen");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Notities" });
  assert.ok(place > 0);
  assert.equal(await page.evaluate(() => scrollY), place);
  assert.match(page.url(), /#\/clients\/new$/u);
  await page.getByRole("button", { name: "Opslaan" }).first().click();
  await page.getByRole("heading", { name: "Van der Meulen", level: 1 }).waitFor();
});

story("a session that ended on the server is mended in mid-save", async (world) => {
  const adviser = await typing(world);
  const other = await adviser.signIn();
  await other.delete("/api/sessions");
  world.expectStatus(401, "/api/clients");
  await world.page.getByRole("button", { name: "Opslaan" }).first().click();
  await comeBack(world.page, adviser.password);
  await world.page.getByRole("heading", { name: "Van der Meulen", level: 1 }).waitFor();
  const { json } = await other.post("/api/clients/search", {});
  assert.equal(json.items.length, 1);
});

story("signing out asks about what was typed, then empties the page and ends the session", async (world) => {
  await typing(world);
  const { page } = world;
  await page.getByRole("button", { name: "Uitloggen" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Hier blijven" }).click();
  assert.equal(await surname(page).inputValue(), "Van der Meulen");
  await page.getByRole("button", { name: "Uitloggen" }).click();
  const gone = page.waitForResponse("**/api/logout");
  await page.getByRole("dialog").getByRole("button", { name: "Weggaan zonder opslaan" }).click();
  assert.equal((await gone).status(), 204);
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  assert.equal(await surname(page).count(), 0);
});

story("signing out without a network empties the page too, and says that the server does not know", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.people.seed(adviser, 3);
  await world.signIn(adviser);
  const { page } = world;
  await page.goto("/");
  await page.getByRole("table").waitFor();
  world.expect(/\/api\/logout: failed/u);
  world.expect(/^console error: Failed to load resource/u);
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Uitloggen" }).click();
  await page.getByText("maar de server weet dat nog niet").waitFor();
  assert.equal(await page.getByRole("table").count(), 0);
  const told = page.waitForResponse("**/api/logout");
  await page.context().setOffline(false);
  assert.equal((await told).status(), 204);
});

story("signing out in one tab empties the others", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.signIn(adviser);
  const { page } = world;
  const second = await page.context().newPage();
  await Promise.all([page.goto("/"), second.goto("/#/account")]);
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await second.getByRole("button", { name: "Uitloggen" }).click();
  await page.getByText("in een ander tabblad uitgelogd").waitFor();
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
});

story("another person who signs in in another tab finds nothing of the first", async (world) => {
  const [first, other] = [await world.people.newAdviser(), await world.people.newAdviser()];
  await world.people.seed(first, 3);
  await world.signIn(first);
  const { page } = world;
  await page.goto("/");
  await page.getByRole("table").waitFor();
  const second = await page.context().newPage();
  await page.context().clearCookies();
  await second.goto("/");
  await second.getByLabel("Gebruikersnaam").fill(other.username);
  await second.getByLabel("Wachtwoord", { exact: true }).fill(other.password);
  await second.getByRole("button", { name: "Inloggen", exact: true }).click();
  await second.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await page.getByText(/nog geen cliënten/iu).waitFor();
  assert.equal(await page.getByRole("table").count(), 0);
});

story("a link to a place leads there after signing in", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await page.goto("/.well-known/change-password");
  await page.getByLabel("Gebruikersnaam").fill(adviser.username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(adviser.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.waitForURL("**/#/account/password");
  await page.getByLabel("Nieuw wachtwoord").waitFor();
});
