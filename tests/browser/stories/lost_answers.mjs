// An answer that does not come: what was asked for is done once, however often the button is pressed, and the screen says what is true.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { lost, press, unheard } from "../lost.mjs";
import { makers, once, scenes } from "../makers.mjs";
import { check, story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

story("a report whose answer was lost is made once, as it was typed first", async (world) => {
  const officer = await world.people.newOfficer();
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await world.signIn(adviser);
  await page.goto("/#/suspicion");
  await lost(world, page, /\/api\/breaches$/u, "POST");
  await page.getByLabel("Wat is er gezien of gebeurd?").fill("Een dossier stond open.");
  await press(page, "Doorgeven");
  await unheard(page);
  await page.getByLabel("Wat is er gezien of gebeurd?").fill("Twee dossiers stonden open.");
  await press(page, "Doorgeven");
  await page.getByRole("heading", { name: "Uw vermoeden is doorgegeven" }).waitFor();
  await page.getByText("Wat u het eerst verstuurde, was al aangekomen.").waitFor();
  const { json } = await (await officer.signIn()).get("/api/breaches");
  assert.deepEqual(json.items.map((/** @type {any} */ item) => item.suspicion.what), ["Een dossier stond open."]);
});

story("facts whose answer was lost are nobody else's change", async (world) => {
  const officer = await world.people.newOfficer();
  const api = await world.signIn(officer);
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  const { page } = world;
  await page.goto(`/#/breaches/${json.id}/facts`);
  await page.getByLabel("Samenvatting").fill("Iets");
  await lost(world, page, /\/api\/breaches\/[^/]+$/u, "PUT");
  await press(page, "Opslaan");
  await unheard(page);
  world.expectStatus(412, "/api/breaches");
  await page.getByLabel("Samenvatting").fill("Iets anders");
  await press(page, "Opslaan");
  await page.getByRole("heading", { name: "Datalek", level: 1, exact: true }).waitFor();
  assert.equal((await api.get(`/api/breaches/${json.id}`)).json.record.facts.incident.summary, "Iets anders");
});

story("pressed twice and saved unchanged, nothing is done twice and nothing is written", async (world) => {
  const adviser = await world.people.newAdviser();
  const api = await world.signIn(adviser);
  const { json: made } = await api.post("/api/clients", { person: { last_name: "Dijk" } });
  const { page } = world;
  await page.goto(`/#/clients/${made.id}`);
  await page.getByRole("heading", { name: "Dijk", level: 1 }).waitFor();
  let written = 0;
  page.on("request", (request) => (written += Number(request.method() === "PUT")));
  await press(page, "Opslaan");
  await page.getByText("Opgeslagen", { exact: true }).waitFor();
  assert.equal(written, 0);
});

/** Presses, and says yes where it is asked. @param {import("../makers.mjs").Scene} scene @param {Page} page */
async function carryOut(scene, page) {
  await scene.button().click();
  if (scene.sure) await page.getByRole("dialog").getByRole("button", { name: scene.sure, exact: true }).click();
}

check("every screen that makes something is in these stories", async () => {
  assert.deepEqual(makers(), Object.keys(scenes).sort());
});

for (const [name, open] of Object.entries(scenes)) {
  for (const seconds of [0, 30]) {
    story(`${name}: what got no answer is asked for again ${seconds === 0 ? "at once" : "half a minute later"}, and is there once`, async (world) => {
      const { page } = world;
      const scene = await open(world, page);
      await lost(world, page, scene.path, "POST");
      await carryOut(scene, page);
      if (!scene.looks) {
        await unheard(page);
        if (seconds > 0) await world.advance({ seconds });
        await carryOut(scene, page);
      }
      await scene.done().first().waitFor();
      await once(world, scene);
    });
  }

  story(`${name}: pressed twice while the answer is slow, it is asked for once`, async (world) => {
    const { page } = world;
    const scene = await open(world, page);
    let asked = 0;
    await page.route(scene.path, async (route) => {
      if (route.request().method() !== "POST") return route.fallback();
      asked += 1;
      await pause(300);
      await route.fallback();
    });
    if (scene.sure) await scene.button().click();
    const last = scene.sure ? page.getByRole("dialog").getByRole("button", { name: scene.sure, exact: true }) : scene.button();
    await last.evaluate((pressed) => [1, 2].forEach(() => /** @type {HTMLElement} */ (pressed).click()));
    await scene.done().first().waitFor();
    await once(world, scene);
    assert.equal(asked, 1);
  });
}

story("a file that is being deleted is not saved, and one that was deleted elsewhere becomes one new file", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser();
  const api = await world.signIn(adviser);
  const files = async () => (await api.post("/api/clients/search", {})).json.items.map((/** @type {{id: string}} */ { id }) => id);
  const { json: going } = await api.post("/api/clients", { person: { last_name: "Dijk" } });
  await page.goto(`/#/clients/${going.id}`);
  await page.getByRole("heading", { name: "Dijk", level: 1 }).waitFor();
  /** @type {() => void} */
  let answer = () => {};
  const held = new Promise((resolve) => (answer = () => resolve(null)));
  let written = 0;
  page.on("request", (request) => (written += Number(request.method() === "PUT" || /\/api\/clients$/u.test(request.url()))));
  await page.route(/\/api\/clients\/[^/]+$/u, async (route) => {
    if (route.request().method() !== "DELETE") return route.fallback();
    await held;
    return route.fallback();
  });
  await page.getByLabel("Achternaam", { exact: true }).first().fill("Dijkstra");
  await press(page, "Dossier verwijderen");
  await page.getByRole("dialog").getByLabel("Typ “verwijderen” om te bevestigen").fill("verwijderen");
  await page.getByRole("dialog").getByRole("button", { name: "Dossier verwijderen" }).click();
  await page.getByRole("button", { name: "Opslaan", exact: true }).evaluate((button) => /** @type {HTMLElement} */ (button).click());
  await page.getByText("Dit dossier wordt verwijderd en niet meer opgeslagen.").waitFor();
  answer();
  await page.getByText(/^Het dossier van .+ is verwijderd\.$/u).waitFor();
  assert.deepEqual([await files(), written], [[], 0]);

  const { json: gone, etag } = await api.post("/api/clients", { person: { last_name: "Bos" } });
  await page.goto(`/#/clients/${gone.id}`);
  await page.getByRole("heading", { name: "Bos", level: 1 }).waitFor();
  await api.delete(`/api/clients/${gone.id}`, { "if-match": etag });
  await page.getByLabel("Achternaam", { exact: true }).first().fill("Bosman");
  world.expectStatus(404, "/api/clients/");
  await lost(world, page, /\/api\/clients$/u, "POST");
  await press(page, "Opslaan");
  await page.getByRole("dialog").getByRole("button", { name: "Opslaan als nieuw dossier" }).click();
  await unheard(page);
  await press(page, "Opslaan");
  await page.getByText("Opgeslagen", { exact: true }).waitFor();
  const made = await files();
  assert.equal(made.length, 1);
  assert.notEqual(made[0], gone.id);
});

story("a file whose erasure got no answer is gone, and the screen says so", async (world) => {
  const { page } = world;
  const adviser = await world.people.newAdviser();
  const api = await world.signIn(adviser);
  for (const isFirstLook of [true, false]) {
    const { json } = await api.post("/api/clients", { person: { last_name: "Dijk" } });
    await api.post(`/api/clients/${json.id}/rights`, { step: "mark", ground: "objection", reason: "Brief" });
    await page.goto(`/#/clients/${json.id}/rights/erase`);
    await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
    await page.getByLabel("Ik heb nagegaan").check();
    await lost(world, page, new RegExp(`/${json.id}/erasure$`, "u"), "POST");
    world.expectStatus(404, "/api/clients/");
    // Nor does the look get through, the second time.
    if (!isFirstLook) await lost(world, page, new RegExp(`/${json.id}/rights$`, "u"), "GET");
    const surely = async () => {
      await press(page, "Dossier wissen");
      await page.getByRole("dialog").getByRole("button", { name: "Dossier wissen" }).click();
    };
    await surely();
    if (!isFirstLook) await unheard(page);
    if (!isFirstLook) await surely();
    await page.getByText("Het dossier is gewist.").waitFor();
  }
});
