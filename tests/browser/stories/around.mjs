// What stands around the screens: the bar, what is said in passing, titles, lists that go on, moments, and typing as use.
import assert from "node:assert/strict";
import { atFile } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** Says something, as a screen would. @param {Page} page @param {string} words */
function say(page, words) {
  return page.evaluate(async (text) => {
    const main = /** @type {HTMLScriptElement | null} */ (document.querySelector("script[src$='/main.js']"));
    const pieces = await import(String(main?.src.replace("main.js", "core/pieces.js")));
    pieces.say(text);
  }, words);
}

/** What lies under what was said. @param {Page} page */
function under(page) {
  return page.evaluate(() => {
    const toast = document.querySelector(".toast")?.getBoundingClientRect();
    const things = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    return things.filter((thing) => {
      const box = thing.getBoundingClientRect();
      return toast && box.width > 0 && box.left < toast.right && box.right > toast.left && box.top < toast.bottom && box.bottom > toast.top;
    }).map((thing) => thing.textContent);
  });
}

story("what is said in passing lies over nothing, comes alone, and goes when somebody goes elsewhere", async (world) => {
  await atFile(world);
  const { page } = world;
  for (const size of [{ width: 360, height: 640 }, { width: 800, height: 600 }, { width: 1280, height: 800 }]) {
    await page.setViewportSize(size);
    for (const top of [0, 400, 900, 5000]) {
      await page.evaluate((y) => scrollTo(0, y), top);
      await say(page, "Het dossier van Annelies van der Hottentottententententoonstelling is verwijderd.");
      assert.deepEqual(await under(page), [], `${size.width} px, from ${top}`);
    }
  }
  await say(page, "Het tweede.");
  assert.equal(await page.locator(".toast").count(), 1);
  await page.getByRole("link", { name: "Verzoeken" }).click();
  await page.getByRole("heading", { name: "Verzoeken", level: 1 }).waitFor();
  assert.equal(await page.locator(".toast").count(), 0);
});

story("the bar covers nothing at any width, and the menu of a file stays in reach", async (world) => {
  await atFile(world);
  const { page } = world;
  for (let width = 641; width <= 1321; width += 40) {
    await page.setViewportSize({ width, height: 700 });
    await page.evaluate(() => scrollTo(0, 1200));
    const [bar, menu] = await page.evaluate(() => ["header", ".parts"].map((one) => document.querySelector(one)?.getBoundingClientRect().toJSON()));
    assert.ok(menu.top >= Math.min(bar.bottom, 700) && menu.top < 200, `${width} px: the bar ends at ${bar.bottom}, the menu begins at ${menu.top}`);
    await page.getByRole("button", { name: "Schulden", exact: true }).click();
    const heading = await page.getByRole("heading", { name: "Schulden", exact: true }).boundingBox();
    const above = await page.evaluate(() => Math.max(...["header", ".parts"].map((one) => document.querySelector(one)?.getBoundingClientRect()).map((box) => (box && box.left < 300 && box.right > 400 ? box.bottom : 0))));
    assert.ok(heading && heading.y >= above - 1, `${width} px: the heading is at ${heading?.y}`);
  }
});

story("the title of the window follows what is asked", async (world) => {
  const person = await world.people.newAdviser({ twoFactor: true });
  const { page } = world;
  await page.goto("/");
  await page.getByLabel("Gebruikersnaam").fill(person.username);
  assert.equal(await page.title(), "Inloggen · FinRust");
  await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await page.getByLabel("Code", { exact: true }).waitFor();
  assert.equal(await page.title(), "Tweede stap · FinRust");
  await page.getByRole("button", { name: "Ik heb mijn telefoon niet bij me" }).click();
  assert.equal(await page.title(), "Herstelcode · FinRust");
});

story("an address of nothing leads somewhere, and does not offer to try again", async (world) => {
  const { adviser } = await atFile(world);
  const { page } = world;
  world.expectStatus(404, "/api/clients/");
  await page.goto("/#/clients/00000000-0000-4000-8000-000000000000");
  await page.getByRole("alert").getByText("Dit bestaat niet of niet meer.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Opnieuw proberen" }).count(), 0);
  await page.getByRole("alert").getByRole("link", { name: "Naar het begin" }).click();
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  assert.ok(adviser);
});

story("a page of attempts is full before older ones are offered, and a press adds a page", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.signIn(adviser);
  const { page } = world;
  const attempt = (/** @type {number} */ n) => ({ at: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(), outcome: "signed_in", ip: null, user_agent: null, count: 1 });
  let given = 0;
  await page.route(/\/api\/login-attempts/u, (route) => {
    const limit = Number(new URL(route.request().url()).searchParams.get("limit"));
    const items = Array.from({ length: Math.min(10, limit, 60 - given) }, () => attempt(given++));
    return route.fulfill({ json: { items, next: given < 60 ? "more" : null } });
  });
  await page.goto("/#/account/attempts");
  await page.getByRole("table").waitFor();
  const rows = () => page.locator("tbody tr").count();
  assert.equal(await rows(), 25);
  await page.getByRole("button", { name: "Oudere pogingen tonen" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 50);
  await page.getByRole("button", { name: "Oudere pogingen tonen" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 60);
  assert.equal(await page.getByRole("button", { name: "Oudere pogingen tonen" }).count(), 0);
});

story("the hour that clocks show twice is asked for, and a moment that is not touched stays as it was", async (world) => {
  const officer = await world.people.newOfficer();
  const api = await world.signIn(officer);
  const { page } = world;
  const noticed = "2026-10-25T01:30:17Z";
  const { json } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  const path = `/api/breaches/${json.id}`;
  const { etag } = await api.get(path);
  await api.put(path, { timeline: { started_at: noticed } }, { "if-match": etag });
  await page.goto(`/#/breaches/${json.id}/facts`);
  await page.getByLabel("Samenvatting").fill("Iets anders");
  await page.getByLabel("Geëindigd op").fill("25 oktober 2026 om 2.40 uur");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await world.screen("moment-twice");
  await page.locator("select[name=ended_at_which]:visible").selectOption({ label: "De tweede keer (wintertijd)" });
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.waitForURL((url) => url.hash === `#/breaches/${json.id}`);
  const { timeline } = (await api.get(path)).json.record.facts;
  assert.deepEqual([timeline.started_at, timeline.ended_at], [noticed, "2026-10-25T01:40:00Z"]);
  // Which of both it was stands there, and can be changed alone.
  await page.goto(`/#/breaches/${json.id}/facts`);
  const which = page.locator("select[name=started_at_which]");
  await which.waitFor();
  assert.deepEqual([await which.inputValue(), await page.locator("select[name=ended_at_which]").inputValue()], ["1", "1"]);
  await which.selectOption("0");
  await page.getByRole("button", { name: "Opslaan" }).click();
  await page.waitForURL((url) => url.hash === `#/breaches/${json.id}`);
  const { started_at: began, ended_at: ended } = (await api.get(path)).json.record.facts.timeline;
  assert.deepEqual([began, ended], ["2026-10-25T00:30:00Z", "2026-10-25T01:40:00Z"]);
  await page.goto("/#/suspicion");
  await page.getByLabel("Wat is er aan de hand?").or(page.getByRole("textbox").first()).fill("Weer een");
  await page.locator("input[name=noticed_at]").fill("25-10-2026 02:10");
  await page.locator("select[name=noticed_at_which]").selectOption("0");
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/breaches"));
  await page.getByRole("button", { name: "Doorgeven" }).click();
  assert.equal((await sent).postDataJSON().noticed_at, "2026-10-25T00:10:00.000Z");
});

story("no step is filled in to say that the authority was told", async (world) => {
  const officer = await world.people.newOfficer();
  const api = await world.signIn(officer);
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  const { page } = world;
  for (const step of ["reported", "authority_told", "people_told"]) {
    await page.goto(`/#/breaches/${json.id}/step/${step}`);
    await page.getByRole("button", { name: "Vastleggen" }).waitFor();
    const values = await page.locator("main input, main select, main textarea").evaluateAll((all) => all.map((one) => /** @type {HTMLInputElement} */ (one).value).filter(Boolean));
    assert.deepEqual(values, [], step);
    await page.reload();
  }
});

story("typing counts as use: nobody is warned in the middle of a sentence", async (world) => {
  await atFile(world);
  const { page } = world;
  const notes = page.getByRole("textbox", { name: "Notities" });
  for (let minute = 0; minute < 40; minute += 4) {
    await Promise.all([page.waitForResponse((response) => response.url().includes("/api/session")), notes.pressSequentially("ab")]);
    await world.advance({ minutes: 4 });
  }
  assert.equal(await page.getByRole("dialog").count(), 0);
  assert.match(await notes.inputValue(), /(?:ab){10}$/u);
  await world.advance({ minutes: 24 });
  const warning = page.getByRole("dialog", { name: "Bent u er nog?" });
  await warning.waitFor();
  await page.keyboard.press("Space");
  await page.keyboard.press("Enter");
  assert.ok(await warning.isVisible(), "what was being typed answers nothing");
});
