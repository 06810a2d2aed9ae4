// A client file that changes elsewhere, or whose answers get lost, while somebody works on it.
import assert from "node:assert/strict";
import { addRow, atFile, atNewFile, content, fillIn, ids, part, row, SAMPLE, save, sign } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** Everything about one difference. @param {Page} page @param {RegExp} name */
function difference(page, name) {
  return page.getByRole("dialog").getByRole("group", { name });
}

/** Drops the answers of this method once the server has given them. @param {Page} page @param {string} method */
async function loseAnswer(page, method) {
  await page.route("**/api/clients**", async (route) => {
    if (route.request().method() !== method) return route.fallback();
    await route.fetch();
    await route.abort("connectionreset");
  });
}

/**
 * What becomes of one request after the other: it is stored and its answer lost, it never arrives, or it is refused before anybody looks.
 * @param {Page} page @param {string} method @param {("store" | "lose" | "refuse")[]} ways
 */
async function inThisOrder(page, method, ways) {
  const busy = { type: "/problems/overloaded", title: "Busy", status: 503, code: "overloaded" };
  await page.route("**/api/clients**", async (route) => {
    const way = route.request().method() === method ? ways.shift() : undefined;
    if (way === undefined) return route.fallback();
    if (way === "refuse") return route.fulfill({ status: 503, contentType: "application/problem+json", headers: { "retry-after": "1" }, body: JSON.stringify(busy) });
    if (way === "store") await route.fetch();
    await route.abort("connectionreset");
  });
}

/** @param {World} world */
function expectLostAnswer(world) {
  world.expect(/^(?:POST|PUT) .*\/api\/clients.*: failed with net::ERR_CONNECTION_RESET$/u);
  world.expect(/^console error: Failed to load resource: net::ERR_CONNECTION_RESET$/u);
}

story("two versions stand side by side, and the choice for each difference is saved", async (world) => {
  const { adviser, path, etag } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { Roepnaam: "Johanna", "E-mailadres": "anna@example.nl" });
  await fillIn(row(page, "Inkomen 1"), { "Bedrag (€)": "3.600,00" });
  await addRow(page, "Bezitting toevoegen", "Bezitting 2", { Omschrijving: "Auto", Soort: "=Auto, boot of caravan", "Waarde (€)": "9.000" });
  const elsewhere = {
    ...SAMPLE,
    person: { ...SAMPLE.person, first_name: "Annelies" },
    address: { ...SAMPLE.address, city: "Zwolle" },
    incomes: [{ ...SAMPLE.incomes[0], amount_cents: 370_000 }],
    assets: [...SAMPLE.assets, { description: "Spaarrekening", kind: "savings", value_cents: 1_000_000 }],
    debts: [],
  };
  await adviser.api.put(path, elsewhere, { "if-match": etag });
  world.expectStatus(412, "/api/clients/");
  await save(page);
  await difference(page, /^Persoon: Roepnaam/u).waitFor();
  assert.equal(await page.getByRole("dialog").getByRole("group").count(), 7);
  await world.screen("file-conflict");
  await page.keyboard.press("Escape");
  await page.getByRole("alert").getByText("Nog niet opgeslagen").waitFor();
  assert.equal(await page.getByLabel("Roepnaam").inputValue(), "Johanna");
  assert.equal(await row(page, "Bezitting 2").getByLabel("Omschrijving").inputValue(), "Auto");
  await save(page);
  await difference(page, /^Persoon: Roepnaam/u).getByLabel("Opgeslagen versie").check();
  assert.ok(await difference(page, /^Adres: Woonplaats/u).getByLabel("Opgeslagen versie").isChecked());
  assert.ok(await difference(page, /^Persoon: E-mailadres/u).getByLabel("Mijn versie").isChecked());
  await difference(page, /^Schulden: Hypotheek/u).getByLabel("Mijn versie").check();
  await difference(page, /^Inkomsten: Salaris/u).getByLabel("Mijn versie").check();
  await page.getByRole("button", { name: "Mijn keuze opslaan" }).click();
  await sign(page, "Opgeslagen");
  await page.getByRole("heading", { name: "Annelies van Dijk", level: 1 }).waitFor();
  assert.deepEqual(await content(adviser, path), {
    ...elsewhere,
    person: { ...elsewhere.person, email: "anna@example.nl" },
    incomes: [{ ...SAMPLE.incomes[0], amount_cents: 360_000 }],
    assets: [SAMPLE.assets[0], { description: "Auto", kind: "vehicle", value_cents: 900_000 }, elsewhere.assets[1]],
    children: [],
    debts: SAMPLE.debts,
  });
});

story("one version is chosen for everything at once, by keyboard", async (world) => {
  const { adviser, path, etag } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Notities"), { Notities: "Van mij" });
  await adviser.api.put(path, { ...SAMPLE, notes: "Van elders", partner: { first_name: "Bram" } }, { "if-match": etag });
  world.expectStatus(412, "/api/clients/");
  await page.keyboard.press("Control+s");
  await page.getByRole("button", { name: "Overal de opgeslagen versie" }).press("Enter");
  await page.getByRole("button", { name: "Mijn keuze opslaan" }).press("Enter");
  await sign(page, "Opgeslagen");
  assert.equal(await page.getByRole("textbox", { name: "Notities" }).inputValue(), "Van elders");
  assert.equal(await row(page, "Partner").getByLabel("Roepnaam").inputValue(), "Bram");
  assert.equal((await content(adviser, path)).notes, "Van elders");
});

story("a file that was deleted meanwhile becomes a new one, when wanted", async (world) => {
  const { adviser, id, path, etag } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Adres"), { Woonplaats: "Zwolle" });
  await adviser.api.delete(path, { "if-match": etag });
  world.expectStatus(404, "/api/clients/");
  await save(page);
  await page.getByRole("dialog").waitFor();
  await world.screen("file-gone");
  await page.getByRole("button", { name: "Terug naar het formulier" }).click();
  await page.getByRole("alert").getByText("intussen verwijderd").waitFor();
  assert.equal(await page.getByLabel("Woonplaats").inputValue(), "Zwolle");
  await save(page);
  await page.getByRole("button", { name: "Opslaan als nieuw dossier" }).click();
  await sign(page, "Opgeslagen");
  const [made, ...more] = await ids(adviser);
  assert.deepEqual([more, made === id], [[], false]);
  assert.match(page.url(), new RegExp(`/#/clients/${made}$`, "u"));
  assert.equal((await content(adviser, `/api/clients/${made}`)).address.city, "Zwolle");
});

story("a file that was made here and deleted elsewhere becomes another one, and does not rise from the dead", async (world) => {
  const adviser = await atNewFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { Achternaam: "Dijk" });
  await save(page);
  await sign(page, "Opgeslagen");
  const [first = ""] = await ids(adviser);
  const path = `/api/clients/${first}`;
  await adviser.api.delete(path, { "if-match": (await adviser.api.get(path)).etag });
  await fillIn(part(page, "Adres"), { Woonplaats: "Zwolle" });
  world.expectStatus(404, "/api/clients/");
  await save(page);
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/clients"));
  await page.getByRole("button", { name: "Opslaan als nieuw dossier" }).click();
  assert.match((await sent).headers()["idempotency-key"] ?? "", /^[0-9a-f-]{36}$/u);
  await sign(page, "Opgeslagen");
  const [made, ...more] = await ids(adviser);
  assert.deepEqual([more, made === first], [[], false]);
});

story("a creation whose answer gets lost makes one file, with what was typed since", async (world) => {
  const adviser = await atNewFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { Achternaam: "Dijk" });
  await loseAnswer(page, "POST");
  expectLostAnswer(world);
  await save(page);
  await page.getByRole("alert").waitFor();
  assert.equal((await ids(adviser)).length, 1);
  await page.unroute("**/api/clients**");
  await fillIn(part(page, "Persoon"), { Achternaam: "Dijkstra" });
  await save(page);
  await sign(page, "Opgeslagen");
  const [id, ...more] = await ids(adviser);
  assert.deepEqual(more, []);
  assert.deepEqual((await content(adviser, `/api/clients/${id}`)).person, { last_name: "Dijkstra" });
});

story("a change whose answer gets lost is no conflict with oneself", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Adres"), { Woonplaats: "Zwolle" });
  await loseAnswer(page, "PUT");
  expectLostAnswer(world);
  await save(page);
  await page.getByRole("alert").waitFor();
  await page.unroute("**/api/clients**");
  await fillIn(part(page, "Adres"), { Straat: "Dorpsstraat" });
  world.expectStatus(412, "/api/clients/");
  await save(page);
  await sign(page, "Opgeslagen");
  const { address } = await content(adviser, path);
  assert.deepEqual([address.street, address.city], ["Dorpsstraat", "Zwolle"]);
});

story("what was typed back after a lost answer is saved back, and until then it is not called saved", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  await fillIn(part(page, "Persoon"), { Achternaam: "Verkeerd" });
  await loseAnswer(page, "PUT");
  expectLostAnswer(world);
  await save(page);
  await page.getByRole("alert").waitFor();
  assert.equal((await content(adviser, path)).person.last_name, "Verkeerd");
  await page.unroute("**/api/clients**");
  await fillIn(part(page, "Persoon"), { Achternaam: "Dijk" });
  await sign(page, "Niet opgeslagen");
  await page.evaluate(() => void (location.hash = "#/messages"));
  await page.getByRole("dialog").getByRole("button", { name: "Hier blijven" }).click();
  world.expectStatus(412, "/api/clients/");
  await save(page);
  await sign(page, "Opgeslagen");
  assert.equal((await content(adviser, path)).person.last_name, "Dijk");
});

story("of several attempts whose answers were lost any may be the stored one", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  await inThisOrder(page, "PUT", ["store", "lose", "refuse"]);
  expectLostAnswer(world);
  for (const city of ["Een", "Twee", "Drie"]) {
    await fillIn(part(page, "Adres"), { Woonplaats: city });
    if (city === "Drie") world.expectStatus(503, "/api/clients/");
    await save(page);
    await page.getByRole("alert").waitFor();
  }
  assert.equal((await content(adviser, path)).address.city, "Een");
  world.expectStatus(412, "/api/clients/");
  await fillIn(part(page, "Adres"), { Woonplaats: "Vier" });
  await save(page);
  await sign(page, "Opgeslagen");
  assert.equal((await content(adviser, path)).address.city, "Vier");
});

story("a creation whose answer was lost is repeated as it was, also after the server was busy", async (world) => {
  const adviser = await atNewFile(world);
  const { page } = world;
  await inThisOrder(page, "POST", ["store", "refuse"]);
  expectLostAnswer(world);
  for (const name of ["Dijk", "Dijkstra"]) {
    await fillIn(part(page, "Persoon"), { Achternaam: name });
    if (name === "Dijkstra") world.expectStatus(503, "/api/clients");
    await save(page);
    await page.getByRole("alert").waitFor();
  }
  await fillIn(part(page, "Persoon"), { Achternaam: "Dijkman" });
  await save(page);
  await sign(page, "Opgeslagen");
  const [id, ...more] = await ids(adviser);
  assert.deepEqual(more, []);
  assert.deepEqual((await content(adviser, `/api/clients/${id}`)).person, { last_name: "Dijkman" });
});
