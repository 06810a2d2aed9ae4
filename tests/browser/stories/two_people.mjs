// Two people at one computer: nothing of the first is left for the second, on no screen and in no tab; the same person loses nothing.
import assert from "node:assert/strict";
import { stocked } from "../every_screen.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("../people.mjs").Person} Person */
/** @typedef {import("playwright-core").Page} Page */

const HERE = "Hottentotten";

/** Whoever is asked by the browser stays: nothing may depend on the answer. @param {Page} page @param {string[]} asked */
function stays(page, asked) {
  page.on("dialog", (dialog) => {
    asked.push(page.url());
    return dialog.dismiss();
  });
}

/** A screen of the first person, with something typed where something can be typed. @param {Page} page @param {string} path */
async function at(page, path) {
  await page.goto(`/#/${path}`);
  await page.locator("main h1").first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
  const box = page.locator("main input:not([type]):visible, main input[type=text]:visible, main textarea:visible").first();
  if ((await box.count()) === 0 || !(await box.isEditable())) return;
  // Typing is use: no clock moves before the server has heard of it.
  await Promise.all([page.waitForResponse(/\/session\/keep-alive$/u), box.fill(`${HERE}typed`)]);
}

/** @param {Page} page @param {Person} person */
async function signIn(page, person) {
  await page.getByLabel("Gebruikersnaam").fill(person.username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
}

/** The home of the second person, and nothing else. @param {Page} page @param {Person} first */
async function emptied(page, first) {
  await page.getByText(/nog geen cliënten/iu).waitFor({ timeout: 90_000 });
  const html = await page.content();
  for (const trace of [HERE, first.name, "laptop", "Drukkerij"]) assert.ok(!html.includes(trace), `${page.url()} still holds ${trace}`);
  const values = await page.locator("input, textarea").evaluateAll((boxes) => boxes.map((box) => /** @type {HTMLInputElement} */ (box).value).join(""));
  assert.ok(!values.includes(HERE));
  assert.equal(await page.locator("dialog").count(), 0);
}

for (const access of ["adviser", "officer"]) {
  story(`another person who signs in empties every screen of the one before: ${access}`, async (world) => {
    const { person, paths } = await stocked(world, access);
    const second = await world.people.newAdviser({ name: "Piet Tweede" });
    const { page } = world;
    const context = page.context();
    await page.goto("/#/login");
    await page.getByLabel("Gebruikersnaam").waitFor();
    await world.signIn(person);
    /** @type {string[]} */
    const asked = [];
    const tabs = [];
    for (const path of paths.filter((path) => !["forgotten", "sub-processors"].includes(path))) {
      const tab = await context.newPage();
      stays(tab, asked);
      await at(tab, path);
      tabs.push(tab);
    }
    /** @type {string[]} */
    const sent = [];
    context.on("request", (request) => request.method() !== "GET" && sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await signIn(page, second);
    for (const tab of tabs) await emptied(tab, person);
    assert.deepEqual(asked, [], "nobody is asked");
    assert.deepEqual([...new Set(sent)].sort(), ["POST /api/clients/search", "POST /api/login"]);
  });
}

/** The first person types in a new file. @param {World} world @param {string[]} [asked] */
async function typing(world, asked = []) {
  const [first, second] = [await world.people.newAdviser({ name: "Anna Eerste" }), await world.people.newAdviser({ name: "Piet Tweede" })];
  stays(world.page, asked);
  await world.signIn(first);
  await at(world.page, "clients/new");
  return { first, second };
}

story("another person in the dialog of an expired session finds nothing of the one before", async (world) => {
  /** @type {string[]} */
  const asked = [];
  const { first, second } = await typing(world, asked);
  const { page } = world;
  const other = await page.context().newPage();
  stays(other, asked);
  await at(other, "clients/new");
  await world.advance({ minutes: 32 });
  await page.getByText("Uw sessie is verlopen.").waitFor();
  await page.getByRole("button", { name: "Met een ander account inloggen" }).click();
  await signIn(page, second);
  await emptied(page, first);
  await emptied(other, first);
  await page.goBack();
  assert.ok(!(await page.content()).includes(HERE));
  assert.deepEqual(asked, []);
});

story("somebody who was taken for another person loses nothing", async (world) => {
  const { first } = await typing(world);
  const { page } = world;
  await world.advance({ minutes: 32 });
  await page.getByRole("button", { name: "Met een ander account inloggen" }).click();
  await signIn(page, first);
  assert.equal(await page.getByLabel("Voorletters").first().inputValue(), `${HERE}typed`);
});

story("the same person who signs in again in another tab loses nothing", async (world) => {
  const { first } = await typing(world);
  const { page } = world;
  const other = await page.context().newPage();
  await page.context().clearCookies();
  await other.goto("/");
  await signIn(other, first);
  await other.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  assert.equal(await page.getByLabel("Voorletters").first().inputValue(), `${HERE}typed`);
  await page.getByLabel("Achternaam").first().fill("Meulen");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByRole("heading", { name: /Meulen/u, level: 1 }).waitFor();
});

for (const way of ["focus", "visibilitychange", "pageshow"]) {
  story(`tabs that cannot speak to each other compare the person, out of sight until that is known: ${way}`, async (world) => {
    await world.page.context().addInitScript((kind) => {
      if (kind !== "pageshow") Reflect.deleteProperty(globalThis, "BroadcastChannel");
    }, way);
    /** @type {string[]} */
    const asked = [];
    const { first, second } = await typing(world, asked);
    const { page } = world;
    const look = () => page.evaluate((kind) => {
      if (kind === "visibilitychange") document.dispatchEvent(new Event(kind));
      else dispatchEvent(kind === "focus" ? new Event(kind) : new PageTransitionEvent(kind, { persisted: true }));
      return document.body.innerText;
    }, way);
    assert.ok(!(await look()).includes("Voorletters"), "nothing is seen until the server has answered");
    await page.getByLabel("Voorletters").first().waitFor();
    assert.equal(await page.getByLabel("Voorletters").first().inputValue(), `${HERE}typed`);
    await page.context().setOffline(true);
    world.expect(/api\/session: failed/u);
    world.expect(/^console error: Failed to load resource/u);
    await look();
    await page.getByRole("alert").waitFor();
    assert.equal(await page.getByLabel("Voorletters").count(), 0);
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Opnieuw proberen" }).click();
    await page.getByLabel("Voorletters").first().waitFor();
    await world.signIn(second);
    await look();
    await emptied(page, first);
    assert.deepEqual(asked, []);
  });
}

story("what a screen of one person asks is refused for another person's session, and nothing of the first is left", async (world) => {
  await world.page.context().addInitScript(() => Reflect.deleteProperty(globalThis, "BroadcastChannel"));
  /** @type {string[]} */
  const asked = [];
  const { first, second } = await typing(world, asked);
  const { page } = world;
  await page.getByLabel("Achternaam").first().fill("Meulen");
  await world.signIn(second);
  world.expectStatus(409, "/api/clients");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await emptied(page, first);
  assert.deepEqual((await second.api.post("/api/clients/search", {})).json.items, [], "nothing of the first is made for the second");
  assert.deepEqual(asked, []);
});

story("signing out on a screen of one person does not end another person's session", async (world) => {
  await world.page.context().addInitScript(() => Reflect.deleteProperty(globalThis, "BroadcastChannel"));
  const { first, second } = await typing(world);
  const { page } = world;
  const api = await world.signIn(second);
  world.expectStatus(409, "/api/logout");
  await page.getByRole("button", { name: "Uitloggen" }).click();
  const refused = page.waitForResponse("**/api/logout");
  await page.getByRole("dialog").getByRole("button", { name: "Weggaan zonder opslaan" }).click();
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  assert.equal((await refused).status(), 409);
  assert.equal((await api.ask("GET", "/api/session")).status, 200);
  assert.ok(first);
});

story("signing out asks about what another tab holds", async (world) => {
  await typing(world);
  const { page } = world;
  const other = await page.context().newPage();
  await other.goto("/#/account");
  const dialog = other.getByRole("dialog");
  const ask = () => world.still(other, async () => (await other.getByRole("button", { name: "Uitloggen" }).click(), await dialog.getByText(/In een ander tabblad/u).waitFor()));
  await ask();
  await dialog.getByRole("button", { name: "Hier blijven" }).click();
  assert.equal(await page.getByLabel("Voorletters").first().inputValue(), `${HERE}typed`);
  await ask();
  await dialog.getByRole("button", { name: "Uitloggen zonder opslaan" }).click();
  await page.getByText("in een ander tabblad uitgelogd").waitFor();
});
