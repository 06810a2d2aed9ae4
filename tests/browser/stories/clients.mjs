// The list of client files: searched while typing, sorted, page by page, and left and found again.
import assert from "node:assert/strict";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("../people.mjs").Person} Person */

const FILES = [
  { person: { first_name: "Zoë", prefix: "van", last_name: "Dijk", birth_date: "1975-04-30", email: "zoe@voorbeeld.nl" }, address: { city: "’s-Hertogenbosch", country: "NL" }, assets: [{ value_cents: 45_000_000 }] },
  { person: { first_name: "Adem", last_name: "Yılmaz", birth_date: "1988-11-02" }, address: { city: "Utrecht", country: "NL" }, debts: [{ balance_cents: 1_250_000 }] },
  { person: { initials: "B.C.", last_name: "Écluse" } },
];

/**
 * Opens the list for an adviser with these files.
 * @param {World} world
 * @param {unknown[]} [files]
 */
async function list(world, files = FILES) {
  const adviser = await world.people.newAdviser();
  for (const file of files) await adviser.api.post("/api/clients", file);
  return show(world, adviser);
}

/** @param {World} world @param {Person} adviser */
async function show(world, adviser) {
  await world.signIn(adviser);
  await world.page.goto("/#/clients");
  await settled(world.page);
  return adviser;
}

/** Until the list shows what was asked for. @param {Page} page */
async function settled(page) {
  await page.locator(".clients-card [role=status]").waitFor({ state: "attached" });
  await page.locator(".clients-card > div:not([aria-busy]) > :not(.skeleton)").waitFor();
}

/** @param {Page} page */
const names = (page) => page.locator("table tbody").getByRole("link").allTextContents();
/** @param {Page} page */
const count = (page) => page.locator(".clients-card").getByRole("status");
/** @param {Page} page */
const search = (page) => page.getByRole("searchbox", { name: "Zoek op naam, plaats of e-mail" });

/** Types, and waits until the list has these names. @param {Page} page @param {string} text @param {string[]} expected */
async function finds(page, text, expected) {
  await search(page).fill("");
  await count(page).getByText(`${FILES.length} cliënten`, { exact: true }).waitFor();
  await search(page).pressSequentially(text);
  await count(page).getByText(expected.length === 1 ? "1 cliënt" : `${expected.length} cliënten`, { exact: true }).waitFor();
  assert.deepEqual(await names(page), expected, text);
}

story("shows what an adviser wants to know of each client", async (world) => {
  await list(world);
  const { page } = world;
  assert.equal(await page.title(), "Cliënten · FinRust");
  assert.deepEqual(await names(page), ["Zoë van Dijk", "B.C. Écluse", "Adem Yılmaz"]);
  const cells = await page.getByRole("row", { name: "Zoë van Dijk" }).getByRole("cell").allTextContents();
  assert.deepEqual(cells.slice(0, 3), ["30 apr 1975", "’s-Hertogenbosch", "€\u00a0450.000"]);
  assert.match(cells[3] ?? "", /^\d+ [a-z]+\.? \d{4}$/u);
  assert.equal(await page.getByRole("row", { name: "Adem" }).getByRole("cell").nth(2).textContent(), "€\u00a0-12.500");
  await world.screen("clients");
});

story("says how to begin when there are no files", async (world) => {
  await list(world, []);
  const { page } = world;
  await page.getByRole("heading", { name: "U hebt nog geen cliënten" }).waitFor();
  assert.equal(await page.locator(".primary:visible").count(), 1);
  assert.equal(await search(page).count(), 0);
  await world.screen("clients-empty");
  await page.getByRole("link", { name: "Nieuwe cliënt" }).click();
  await page.waitForURL("**/#/clients/new");
});

story("finds by name, city and e-mail address, without accents and capitals", async (world) => {
  await list(world);
  const { page } = world;
  await finds(page, "zoe DIJK", ["Zoë van Dijk"]);
  await finds(page, "'s-hertog", ["Zoë van Dijk"]);
  await finds(page, "voorbeeld.nl", ["Zoë van Dijk"]);
  await finds(page, "utrecht", ["Adem Yılmaz"]);
  await finds(page, "ecluse", ["B.C. Écluse"]);
  await finds(page, "u", ["B.C. Écluse", "Adem Yılmaz"]);
  assert.equal(page.url(), `${world.server.origin}/#/clients`);
});

story("says what to do when nothing is found", async (world) => {
  await list(world);
  const { page } = world;
  await search(page).fill("niemand\t  ");
  await page.getByRole("heading", { name: "Geen cliënt gevonden" }).waitFor();
  assert.equal(await count(page).textContent(), "0 cliënten");
  await world.screen("clients-none");
  await page.getByRole("button", { name: "Alle cliënten tonen" }).click();
  await count(page).getByText("3 cliënten").waitFor();
  assert.deepEqual(await world.focused(), { role: "searchbox", name: "Zoek op naam, plaats of e-mail" });
});

story("sorts by last name, or the last changed first, and says so", async (world) => {
  const adviser = await list(world);
  const { page } = world;
  const { json } = await adviser.api.post("/api/clients/search", { text: "ecluse" });
  const { etag } = await adviser.api.get(`/api/clients/${json.items[0].id}`);
  await world.advance({ minutes: 1 });
  await adviser.api.put(`/api/clients/${json.items[0].id}`, FILES[2], { "if-match": etag });
  const sort = page.getByRole("combobox", { name: "Sorteer op" });
  assert.equal(await page.getByRole("columnheader", { name: "Naam" }).getAttribute("aria-sort"), "ascending");
  await sort.selectOption({ label: "Laatst gewijzigd" });
  await page.locator('th[aria-sort="descending"]', { hasText: "Gewijzigd" }).waitFor();
  assert.equal((await names(page))[0], "B.C. Écluse");
  await sort.selectOption({ label: "Achternaam" });
  await page.locator('th[aria-sort="ascending"]', { hasText: "Naam" }).waitFor();
  assert.deepEqual(await names(page), ["Zoë van Dijk", "B.C. Écluse", "Adem Yılmaz"]);
});

story("is walked through by keyboard, page by page", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.people.seed(adviser, 120);
  await show(world, adviser);
  const { page } = world;
  const first = await names(page);
  assert.equal(first.length, 50);
  assert.equal(await count(page).textContent(), "Cliënt 1 tot en met 50; er zijn er meer");
  assert.equal(await page.getByRole("button", { name: "Vorige" }).count(), 0);
  await page.getByRole("button", { name: "Volgende" }).focus();
  await world.keys("Enter");
  await count(page).getByText("Cliënt 51 tot en met 100; er zijn er meer").waitFor();
  const second = await names(page);
  assert.deepEqual(await world.focused(), { role: "link", name: second[0] });
  await world.screen("clients-pages");
  await page.getByRole("button", { name: "Volgende" }).press("Enter");
  await count(page).getByText("Cliënt 101 tot en met 120; dit zijn de laatste").waitFor();
  assert.equal(new Set([...first, ...second, ...(await names(page))]).size, 120);
  assert.equal(await page.getByRole("button", { name: "Volgende" }).count(), 0);
  await page.getByRole("button", { name: "Vorige" }).press("Enter");
  await count(page).getByText("Cliënt 51 tot en met 100").waitFor();
  assert.deepEqual(await names(page), second);
});

story("is found again as it was left", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.people.seed(adviser, 120);
  await show(world, adviser);
  const { page } = world;
  await page.getByRole("combobox", { name: "Sorteer op" }).selectOption("updated_at");
  await search(page).fill("dijk");
  await count(page).getByText(/^\d+ cliënten$/u).waitFor();
  await search(page).fill("e");
  await page.getByRole("button", { name: "Volgende" }).click();
  await count(page).getByText("Cliënt 51 tot en met").waitFor();
  const left = await names(page);
  await page.getByRole("link", { name: left[30], exact: true }).press("Enter");
  await page.waitForURL(/#\/clients\/[\w-]{10,}$/u);
  await page.goBack();
  await count(page).getByText("Cliënt 51 tot en met").waitFor();
  assert.deepEqual(await names(page), left);
  assert.equal(await search(page).inputValue(), "e");
  assert.equal(await page.getByRole("combobox", { name: "Sorteer op" }).inputValue(), "updated_at");
  await page.waitForFunction((name) => document.activeElement?.textContent === name, left[30]);
  assert.ok(await page.getByRole("link", { name: left[30], exact: true }).evaluate((link) => link.getBoundingClientRect().bottom < innerHeight));
});

story("goes with the person who signed out", async (world) => {
  const adviser = await list(world);
  const other = await world.people.newAdviser();
  const { page } = world;
  await search(page).fill("dijk");
  await count(page).getByText("1 cliënt", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Uitloggen" }).click();
  for (const person of [other, adviser]) {
    await page.getByRole("textbox", { name: "Gebruikersnaam" }).fill(person.username);
    await page.getByLabel("Wachtwoord", { exact: true }).fill(person.password);
    await page.getByRole("button", { name: "Inloggen", exact: true }).click();
    await settled(page);
    assert.equal(await page.locator("input[type=search]").inputValue(), "");
    assert.equal(await page.locator("tbody tr").count(), person === adviser ? 3 : 0);
    await page.getByRole("button", { name: "Uitloggen" }).click();
  }
});

story("goes on where it was when the session had ended", async (world) => {
  const adviser = await list(world);
  const { page } = world;
  await world.server.advance({ minutes: 31 });
  world.expectStatus(401, "/api/clients/search");
  await search(page).fill("dijk");
  await page.getByText("Uw sessie is verlopen").waitFor();
  await page.getByLabel("Wachtwoord", { exact: true }).fill(adviser.password);
  await page.getByRole("button", { name: "Inloggen", exact: true }).click();
  await count(page).getByText("1 cliënt", { exact: true }).waitFor();
  assert.deepEqual([await names(page), await search(page).inputValue()], [["Zoë van Dijk"], "dijk"]);
});

story("says what is wrong, and tries again", async (world) => {
  await list(world);
  const { page } = world;
  const problem = { type: "/problems/unavailable", title: "Unavailable", status: 503, code: "unavailable" };
  await page.route("**/api/clients/search", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify(problem) }), { times: 2 });
  world.expectStatus(503, "/api/clients/search");
  await search(page).fill("dijk");
  await page.getByRole("alert").waitFor();
  await world.screen("clients-error");
  const again = page.getByRole("button", { name: "Opnieuw proberen" });
  await Promise.all([page.waitForResponse("**/api/clients/search"), again.press("Enter")]);
  await again.and(page.locator(":focus")).press("Enter");
  await count(page).getByText("1 cliënt", { exact: true }).waitFor();
  assert.deepEqual(await world.focused(), { role: "link", name: "Zoë van Dijk" });
  assert.equal(await page.getByRole("alert").count(), 0);
});

story("asks once for a word that is typed in one go", async (world) => {
  await list(world);
  const { page } = world;
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => request.url().endsWith("/search") && asked.push(request.postDataJSON().text));
  await page.clock.pauseAt(new Date(world.server.clock.now().getTime() + 60_000));
  for (const letter of "dijk") {
    await search(page).press(letter);
    await page.clock.runFor(100);
  }
  assert.deepEqual(asked, []);
  await page.clock.runFor(20);
  await count(page).getByText("1 cliënt", { exact: true }).waitFor();
  await search(page).press("s");
  await search(page).press("Enter");
  await page.getByRole("heading", { name: "Geen cliënt gevonden" }).waitFor();
  await page.clock.runFor(1_000);
  assert.deepEqual(asked, ["dijk", "dijks"]);
});

story("drops the answer to an earlier question", async (world) => {
  await list(world);
  const { page } = world;
  /** @type {(() => void) | undefined} */
  let release;
  const held = new Promise((/** @type {(value: void) => void} */ done) => (release = done));
  await page.route("**/api/clients/search", async (route) => {
    if (route.request().postDataJSON().text === "dijk") await held;
    // The page may have called this question off.
    await route.continue().catch(() => undefined);
  });
  const asked = page.waitForRequest((request) => request.postDataJSON()?.text === "dijk");
  const calledOff = page.waitForEvent("requestfailed", (request) => request.postDataJSON()?.text === "dijk");
  await search(page).fill("dijk");
  await asked;
  await search(page).fill("adem");
  await count(page).getByText("1 cliënt", { exact: true }).waitFor();
  await calledOff;
  release?.();
  assert.deepEqual(await names(page), ["Adem Yılmaz"]);
});

story("a row is touched anywhere, on a phone too", async (world) => {
  await list(world);
  const { page } = world;
  await page.setViewportSize({ width: 360, height: 740 });
  const row = page.getByRole("row", { name: "Adem Yılmaz" });
  const box = await row.boundingBox();
  assert.ok(box && box.height >= 44, `a row of ${box?.height} px`);
  await row.click({ position: { x: box.width - 10, y: box.height - 10 } });
  await page.waitForURL(/#\/clients\/[\w-]{10,}$/u);
});

story("speaks English", async (world) => {
  await list(world);
  const { page } = world;
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Clients", level: 1 }).waitFor();
  await settled(page);
  await page.locator(".clients-card").getByRole("status").getByText("3 clients").waitFor();
  const cells = await page.getByRole("row", { name: "Zoë van Dijk" }).getByRole("cell").allTextContents();
  assert.deepEqual(cells.slice(0, 3), ["30 Apr 1975", "’s-Hertogenbosch", "€450,000"]);
});
