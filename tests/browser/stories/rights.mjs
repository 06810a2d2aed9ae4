// The rights of the person in a file through the screens: restricting its use, a legal hold, erasing in two steps, and what the person may get.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { atFile } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** @param {Page} page @param {string} name */
async function heading(page, name) {
  await page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
}

/** @param {Page} page @param {string} name */
async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** @param {Page} page @param {string} name */
async function follow(page, name) {
  await page.getByRole("link", { name, exact: true }).click();
}

/** An adviser at the rights in a file. @param {World} world */
async function atRights(world) {
  const { page } = world;
  const found = await atFile(world);
  await follow(page, "Rechten");
  await heading(page, "Rechten");
  await page.getByText("Anna van Dijk").waitFor();
  return found;
}

/** Takes a step with its form. @param {Page} page @param {string} step @param {string} reason */
async function take(page, step, reason) {
  await follow(page, step);
  await heading(page, step);
  await page.getByLabel("Reden", { exact: true }).fill(reason);
  await press(page, step);
  await heading(page, "Rechten");
}

story("a file whose use is restricted opens nothing but the way to why, until that is lifted", async (world) => {
  const { page } = world;
  const { id } = await atRights(world);
  await world.screen("rights");
  await follow(page, "Gebruik beperken");
  await press(page, "Gebruik beperken");
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await world.screen("rights-step");
  await page.getByLabel("Reden").fill("Betwist het inkomen");
  await press(page, "Gebruik beperken");
  await page.getByRole("row").filter({ hasText: "Betwist het inkomen" }).getByText("Gebruik beperkt").waitFor();
  world.expectStatus(409, `/api/clients/${id}`);
  await follow(page, "Terug naar het dossier");
  await page.getByText("Het gebruik van dit dossier is beperkt.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Opslaan" }).count(), 0);
  await world.screen("rights-restricted");
  await page.goto(`/#/clients/${id}/overview`);
  await page.getByText("Het gebruik van dit dossier is beperkt.").waitFor();
  await page.goto("/#/clients");
  await page.getByRole("row").filter({ hasText: "Anna van Dijk" }).getByText("Gebruik beperkt").waitFor();
  await world.screen("clients-restricted");
  await page.goto(`/#/clients/${id}`);
  await follow(page, "Rechten");
  await take(page, "Beperking opheffen", "Inkomen is verbeterd");
  await follow(page, "Terug naar het dossier");
  await page.getByRole("button", { name: "Opslaan" }).waitFor();
});

story("a file is erased in two steps, and not while something stands in the way", async (world) => {
  const { page } = world;
  const { adviser, id } = await atRights(world);
  await page.getByText("Het dossier is niet klaargezet om te wissen.").waitFor();
  await follow(page, "Wissen blokkeren");
  await page.getByLabel("Reden").fill("Klacht bij Kifid");
  await page.getByLabel("Tot en met").fill("01-01-2020");
  world.expectStatus(422, `/api/clients/${id}/rights`);
  await press(page, "Wissen blokkeren");
  await page.getByRole("link", { name: "Tot en met: Kies een datum die nog komt." }).waitFor();
  await page.getByLabel("Tot en met").fill("31-12-2099");
  await press(page, "Wissen blokkeren");
  await follow(page, "Klaarzetten om te wissen");
  await page.getByLabel("Grond").selectOption({ label: "Toestemming ingetrokken" });
  await page.getByLabel("Reden").fill("Brief van 3 november");
  await press(page, "Klaarzetten om te wissen");
  await page.getByText("Wissen is geblokkeerd tot en met 31 december 2099.").waitFor();
  assert.equal(await page.getByRole("link", { name: "Dossier wissen" }).count(), 0);
  await world.screen("rights-held");
  await page.goto(`/#/clients/${id}/rights/erase`);
  await page.getByText("Wissen kan nu niet:").waitFor();
  await world.screen("rights-in-the-way");
  world.expectStatus(409, `/api/clients/${id}`);
  await page.goto(`/#/clients/${id}`);
  await press(page, "Dossier verwijderen");
  await page.getByRole("dialog").getByRole("textbox").fill("verwijderen");
  await page.getByRole("dialog").getByRole("button", { name: "Dossier verwijderen" }).click();
  await page.getByText("Wissen is geblokkeerd voor dit dossier.").waitFor();
  await follow(page, "Rechten");
  await take(page, "Blokkade opheffen", "Klacht is afgehandeld");
  await follow(page, "Dossier wissen");
  await press(page, "Dossier wissen");
  await page.getByRole("heading", { name: "Er zijn 2 fouten" }).waitFor();
  await world.screen("rights-erase");
  await page.getByLabel("Huidig wachtwoord").fill("niet het wachtwoord");
  await page.getByLabel("Ik heb nagegaan").check();
  world.expectStatus(401, `/api/clients/${id}/erasure`);
  await press(page, "Dossier wissen");
  await page.getByRole("dialog").getByRole("button", { name: "Dossier wissen" }).click();
  await page.getByText("Dit is niet uw huidige wachtwoord.").waitFor();
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  await press(page, "Dossier wissen");
  await page.getByRole("dialog").getByRole("button", { name: "Dossier wissen" }).click();
  await page.getByText("Het dossier is gewist.").waitFor();
  await heading(page, "Cliënten");
  assert.equal((await adviser.api.ask("GET", `/api/clients/${id}`)).status, 404);
});

story("the person gets a report, on paper or as a file, and the data to take elsewhere", async (world) => {
  const { page } = world;
  const { adviser, id } = await atRights(world);
  await follow(page, "Inzagerapport");
  await heading(page, "Inzagerapport");
  await world.screen("rights-report-before");
  await press(page, "Rapport maken");
  await page.getByText("Loon uit dienstverband").waitFor();
  assert.deepEqual(await world.focused(), { role: "heading", name: "Inzagerapport" });
  await world.screen("rights-report");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Opslaan als JSON")]);
  assert.equal(download.suggestedFilename(), "finrust-inzage.json");
  assert.equal(JSON.parse(await readFile(await download.path(), "utf8")).client.id, id);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("button", { name: "Afdrukken" }).isVisible(), false);
  await page.emulateMedia({ media: "screen" });
  await follow(page, "Terug naar de rechten");
  await follow(page, "Gegevens meenemen (overdraagbaarheid)");
  await page.getByLabel("Soort bestand").selectOption("json");
  await page.getByLabel("Huidig wachtwoord").fill("niet het wachtwoord");
  world.expectStatus(401, `/api/clients/${id}/portability`);
  await press(page, "Gegevens meenemen (overdraagbaarheid)");
  await page.getByText("Dit is niet uw huidige wachtwoord.").waitFor();
  await world.screen("rights-portability");
  await page.getByLabel("Huidig wachtwoord").fill(adviser.password);
  const [file] = await Promise.all([page.waitForEvent("download"), press(page, "Gegevens meenemen (overdraagbaarheid)")]);
  assert.equal(file.suggestedFilename(), "finrust-gegevens.json");
  await follow(page, "Logboek");
  await heading(page, "Logboek");
  await page.getByRole("row").filter({ hasText: "Geopend" }).first().waitFor();
  await world.screen("rights-trail");
});

story("a step that does not fit any more is not taken, and a hold may turn out to last longer", async (world) => {
  const { page } = world;
  const { adviser, id } = await atRights(world);
  const path = `/api/clients/${id}/rights`;
  await follow(page, "Klaarzetten om te wissen");
  await adviser.api.post(path, { step: "mark", ground: "objection", reason: "Elders" });
  await adviser.api.post(path, { step: "hold", until: "2099-01-31", reason: "Klacht" });
  await page.getByLabel("Grond").selectOption({ index: 1 });
  await page.getByLabel("Reden").fill("Hier");
  world.expectStatus(409, path);
  await press(page, "Klaarzetten om te wissen");
  await page.getByText("Dit kan niet meer: er is intussen iets anders vastgelegd.").waitFor();
  await follow(page, "Terug naar de rechten");
  await page.getByRole("dialog").getByRole("button", { name: "Weggaan zonder opslaan" }).click();
  await page.getByText("Klaargezet om te wissen Bezwaar gemaakt").waitFor();
  await follow(page, "Wissen blokkeren");
  await page.getByLabel("Reden").fill("Hoger beroep");
  await press(page, "Wissen blokkeren");
  await page.getByText("Zonder einddatum", { exact: true }).waitFor();
});

story("a page of the log without lines is not its end", async (world) => {
  const { page } = world;
  const { id } = await atRights(world);
  await page.route(/\/trail\?/u, (route) => {
    const url = route.request().url();
    return url.includes("cursor") ? route.continue({ url: url.replace("&cursor=verder", "") }) : route.fulfill({ json: { items: [], next: "verder" } });
  });
  await page.goto(`/#/clients/${id}/rights/trail`);
  await page.getByRole("row").filter({ hasText: "Gemaakt" }).waitFor();
});

story("the words of rights are there in English too", async (world) => {
  const { page } = world;
  await atRights(world);
  await press(page, "English");
  await heading(page, "Rights");
  await follow(page, "Mark for erasure");
  await heading(page, "Mark for erasure");
});
