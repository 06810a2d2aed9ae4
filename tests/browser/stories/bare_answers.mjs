// Answers of the Functions host itself: a status and nothing else. The screen says what is true, keeps what was typed, and takes it up again.
import assert from "node:assert/strict";
import { once, scenes } from "../makers.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const NOT_REACHED = "FinRust is nu even niet bereikbaar.";
/** What is said of a bare answer. @type {[number, string][]} */
const SAID = [[404, "Er ging iets mis bij ons."], [500, NOT_REACHED], [502, NOT_REACHED], [503, NOT_REACHED]];

/** The next request to this is answered so, without a body. @param {World} world @param {RegExp} path @param {string} method @param {number} status @param {boolean} [isDone] after the program has done it */
async function bare(world, path, method, status, isDone = false) {
  world.expectStatus(status, "/api/");
  let isAnswered = false;
  await world.page.route(path, async (route) => {
    if (isAnswered || route.request().method() !== method) return route.fallback();
    isAnswered = true;
    if (isDone) await route.fetch();
    return route.fulfill({ status, body: "" });
  });
}

/** Does it, and waits until it was answered so and the page is done with the answer: a button that is busy does nothing. @param {Page} page @param {number} status @param {() => Promise<void>} act */
async function answered(page, status, act) {
  await Promise.all([page.waitForResponse((response) => response.status() === status), act()]);
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
}

/** Everything that was typed or chosen. @param {Page} page @returns {Promise<string[]>} */
function typed(page) {
  const fields = page.locator("main :is(input, textarea, select):visible");
  return fields.evaluateAll((all) => all.map((one) => {
    const field = /** @type {HTMLInputElement} */ (one);
    return `${field.name} ${field.type} ${field.value} ${field.checked}`;
  }));
}

/** @param {Page} page @param {string} name */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

for (const [name, open] of Object.entries(scenes)) {
  story(`${name}: after answers of the host what was typed is there, and is done once`, async (world) => {
    const { page } = world;
    const scene = await open(world, page);
    const carryOut = async () => {
      await scene.button().click();
      if (scene.sure) await page.getByRole("dialog").getByRole("button", { name: scene.sure, exact: true }).click();
    };
    const before = await typed(page);
    for (const [status, said] of SAID) {
      await bare(world, scene.path, "POST", status);
      await answered(page, status, carryOut);
      await page.getByText(said).first().waitFor();
      const after = await typed(page);
      assert.deepEqual(before.filter((one) => !after.includes(one)), [], String(status));
    }
    await bare(world, scene.path, "POST", 500, true);
    await answered(page, 500, carryOut);
    if (!scene.looks) {
      await page.getByText(NOT_REACHED).first().waitFor();
      await carryOut();
    }
    await scene.done().first().waitFor();
    await once(world, scene);
  });
}

story("a file that is saved is kept as it was typed, and saved when the host lets it through", async (world) => {
  const { page } = world;
  const api = await world.signIn(await world.people.newAdviser());
  const { json: made } = await api.post("/api/clients", { person: { last_name: "Dijk" } });
  await page.goto(`/#/clients/${made.id}`);
  await page.getByLabel("Achternaam", { exact: true }).first().fill("Dijkstra");
  for (const [status, said] of SAID) {
    await bare(world, /\/api\/clients\/[^/]+$/u, "PUT", status);
    await answered(page, status, () => press(page, "Opslaan"));
    await page.getByText(said).first().waitFor();
    assert.equal(await page.getByLabel("Achternaam", { exact: true }).first().inputValue(), "Dijkstra");
  }
  await press(page, "Opslaan");
  await page.getByText("Opgeslagen", { exact: true }).waitFor();
  assert.equal((await api.get(`/api/clients/${made.id}`)).json.person.last_name, "Dijkstra");
});

story("whoever signs in keeps what was typed", async (world) => {
  const { page } = world;
  const person = await world.people.newAdviser();
  await page.goto("/");
  await page.getByLabel("Gebruikersnaam").fill(person.username);
  await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
  for (const [status, said] of SAID) {
    await bare(world, /\/api\/login$/u, "POST", status);
    await answered(page, status, () => press(page, "Inloggen"));
    await page.getByText(said).first().waitFor();
    const kept = [await page.getByLabel("Gebruikersnaam").inputValue(), await page.getByLabel("Wachtwoord", { exact: true }).inputValue()];
    assert.deepEqual(kept, [person.username, person.password]);
  }
  await press(page, "Inloggen");
  await page.getByRole("heading", { name: "Overzicht" }).or(page.getByRole("navigation")).first().waitFor();
});

for (const [status, said] of SAID) {
  story(`a screen whose first question is answered with a bare ${status} says so, and asks again`, async (world) => {
    const { page } = world;
    const api = await world.signIn(await world.people.newAdviser());
    await api.post("/api/clients", { person: { last_name: "Dijk" } });
    await bare(world, /\/api\/clients\/search$/u, "POST", status);
    await answered(page, status, async () => void (await page.goto("/#/clients")));
    await page.getByText(said).first().waitFor();
    await press(page, "Opnieuw proberen");
    await page.getByRole("link", { name: "Dijk" }).waitFor();
  });

  story(`a page whose session is answered with a bare ${status} does not say that nobody is signed in`, async (world) => {
    const { page } = world;
    await world.signIn(await world.people.newAdviser());
    await bare(world, /\/api\/session$/u, "GET", status);
    await answered(page, status, async () => void (await page.goto("/#/clients")));
    await page.getByText(said).first().waitFor();
    assert.equal(await page.getByLabel("Wachtwoord", { exact: true }).count(), 0);
    await press(page, "Opnieuw proberen");
    await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  });
}
