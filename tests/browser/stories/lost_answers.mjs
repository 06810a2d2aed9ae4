// An answer that does not come: what was asked for is done once, however often the button is pressed, and the screen says what is true.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { makers, scenes } from "../makers.mjs";
import { check, story } from "../story.mjs";
import { Authenticator } from "../totp.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** The next answer to this is lost on its way back; the server has done what was asked. @param {World} world @param {Page} page @param {RegExp} path @param {string} method */
async function lost(world, page, path, method) {
  world.expect(/: failed/u);
  world.expect(/^console error: Failed to load resource/u);
  let isLost = false;
  await page.route(path, async (route) => {
    if (isLost || route.request().method() !== method) return route.fallback();
    isLost = true;
    // With the answer its cookies are lost.
    const before = await page.context().cookies();
    await route.fetch();
    await page.context().clearCookies();
    await page.context().addCookies(before);
    await route.abort("connectionreset");
  });
}

/** @param {Page} page @param {string} name */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** @param {Page} page */
async function unheard(page) {
  await page.getByText("De server is niet te bereiken.").first().waitFor();
}

story("a report whose answer was lost is made once, as it was typed first", async (world) => {
  const officer = await world.people.newOfficer();
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await world.signIn(adviser);
  await page.goto("/#/suspicion");
  await lost(world, page, /\/api\/breaches$/u, "POST");
  await page.getByLabel("Wat is er gezien of gebeurd?").fill("Een dossier stond open.");
  await press(page, "Melden");
  await unheard(page);
  await page.getByLabel("Wat is er gezien of gebeurd?").fill("Twee dossiers stonden open.");
  await press(page, "Melden");
  await page.getByRole("heading", { name: "Uw melding is ontvangen" }).waitFor();
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

story("a new password whose answer was lost is asked for, and the old one is not sent again", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await world.signIn(adviser);
  await page.goto("/#/account/password");
  await page.locator("input[name=current_password]").fill(adviser.password);
  const chosen = "tractor-zilver-ochtend-4";
  await page.locator("input[name=new_password]").fill(chosen);
  await lost(world, page, /\/api\/account\/password$/u, "PUT");
  world.expectStatus(401, "/api/");
  let asked = 0;
  page.on("request", (request) => (asked += Number(request.method() === "PUT")));
  await press(page, "Wachtwoord wijzigen");
  await page.getByText("Uw nieuwe wachtwoord is misschien al ingesteld.").waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(chosen);
  await press(page, "Inloggen");
  await page.getByRole("heading", { name: "Mijn account" }).waitFor();
  await page.getByText("Uw wachtwoord is gewijzigd").waitFor();
  assert.equal(asked, 1);
});

story("a second factor whose answer was lost is on, and the screen says so", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  const api = await world.signIn(adviser);
  await page.goto("/#/account/two-factor");
  const { json } = await api.get("/api/account");
  assert.equal(json.two_factor.enabled, false);
  await press(page, "Aanzetten");
  await page.locator("input[name=password]").fill(adviser.password);
  await press(page, "Verder");
  await page.getByText("Lukt scannen niet?").or(page.locator("summary")).first().click();
  const secret = ((await page.locator("code.secret").textContent()) ?? "").replace(/ /gu, "");
  const app = new Authenticator(secret, { now: () => world.server.clock.now(), advance: (span) => world.advance(span) });
  await page.locator("input[name=code]").fill(await app.before());
  await lost(world, page, /\/api\/two-factor\/confirm$/u, "POST");
  world.expectStatus(401, "/api/");
  await press(page, "Aanzetten");
  await page.getByText("Uw tweede stap is misschien al gewijzigd.").waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(adviser.password);
  await press(page, "Inloggen");
  await page.locator("input[name=code]").fill(await app.next());
  await press(page, "Verder");
  await page.getByRole("button", { name: "Nieuwe herstelcodes" }).waitFor();
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

/** One thing, and one mail about it; another one would have come by now. @param {World} world @param {import("../makers.mjs").Scene} scene */
async function once(world, scene) {
  for (let looks = 0; looks < 400 && ((await scene.count()) < 1 || (scene.mails?.() ?? 1) < 1); looks++) await pause(25);
  // Whatever waits is sent in the order in which it came: this comes last.
  const made = await scene.count();
  const last = await world.people.newAdviser({ name: "Laatste" });
  await last.api.post("/api/password-reset", { username: last.username });
  await world.mailbox.next(last.email);
  assert.deepEqual([made, scene.mails?.() ?? 1], [1, 1]);
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

/** After the cookie was renewed by an answer that was lost: says who it is. @param {World} world @param {import("../people.mjs").Person} person @param {string} words @param {() => Promise<string>} [code] */
async function again({ page }, person, words, code) {
  await page.getByText(words).waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
  await press(page, "Inloggen");
  if (!code) return;
  await page.locator("input[name=code]").last().fill(await code());
  await press(page, "Verder");
}

story("another address whose answer was lost is there, and is asked for once", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  await world.signIn(adviser);
  await page.goto("/#/account/email");
  await page.getByLabel("Nieuw e-mailadres").fill("nieuw@example.nl");
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await lost(world, page, /\/api\/account\/email$/u, "PUT");
  world.expectStatus(401, "/api/");
  let asked = 0;
  page.on("request", (request) => (asked += Number(request.method() === "PUT")));
  await press(page, "E-mailadres wijzigen");
  await again(world, adviser, "Uw e-mailadres is misschien al gewijzigd.");
  await page.getByText("Uw e-mailadres is gewijzigd.").waitFor();
  await page.getByText("nieuw@example.nl").first().waitFor();
  assert.equal(asked, 1);
});

story("a second factor that was switched off while the answer was lost is off, and the screen says so", async (world) => {
  const adviser = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await world.signIn(adviser);
  await page.goto("/#/account/two-factor");
  await press(page, "Uitzetten");
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await page.getByLabel("Code uit uw huidige app").fill(adviser.recoveryCodes[0] ?? "");
  await lost(world, page, /\/api\/two-factor\/disable$/u, "POST");
  world.expectStatus(401, "/api/");
  await press(page, "Uitzetten");
  await again(world, adviser, "Uw tweede stap is misschien al gewijzigd.");
  await page.getByText("De tweede stap staat uit.").waitFor();
  await page.getByRole("button", { name: "Aanzetten" }).waitFor();
});

story("recovery codes that nobody has seen lead to new ones, until somebody has", async (world) => {
  const adviser = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await world.signIn(adviser);
  const renew = async () => {
    await page.getByRole("button", { name: "Nieuwe herstelcodes" }).first().click();
    await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
    await page.getByLabel("Code uit uw huidige app").fill(await adviser.totp());
    await press(page, "Nieuwe herstelcodes");
  };
  await page.goto("/#/account/two-factor");
  await lost(world, page, /\/api\/two-factor\/recovery-codes$/u, "POST");
  world.expectStatus(401, "/api/");
  await renew();
  await again(world, adviser, "Er zijn misschien al nieuwe herstelcodes gemaakt.", () => adviser.totp());
  await page.getByText("Misschien hebt u ze nooit gezien.").waitFor();
  await renew();
  await page.getByLabel("Ik heb de codes bewaard").check();
  await press(page, "Verder");
  await page.getByRole("button", { name: "Nieuwe herstelcodes" }).waitFor();
  assert.equal(await page.getByText("Misschien hebt u ze nooit gezien.").count(), 0);
});

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
  await page.getByText("Dit dossier wordt verwijderd; het wordt niet opgeslagen.").waitFor();
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
      await press(page, "Definitief wissen");
      await page.getByRole("dialog").getByRole("button", { name: "Definitief wissen" }).click();
    };
    await surely();
    if (!isFirstLook) await unheard(page);
    if (!isFirstLook) await surely();
    await page.getByText("Het dossier is gewist.").waitFor();
  }
});
