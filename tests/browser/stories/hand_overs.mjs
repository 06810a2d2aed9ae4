// Hand-overs through the screens: one officer proposes, another approves, files move, and the successor finds them with a note.
import assert from "node:assert/strict";
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

/** Two officers with a browser each, a leaver whose account is disabled, and a successor. @param {World} world */
async function office(world) {
  const leaver = await world.people.newAdviser({ name: "Anna Dijk" });
  const successor = await world.people.newAdviser({ name: "Sanne Bos" });
  await world.people.seed(leaver, 3);
  const olga = await world.people.newOfficer({ name: "Olga Officier" });
  const second = await world.people.newOfficer({ name: "Piet Privacy" });
  const { json } = await olga.api.get("/api/accounts");
  const id = json.items.find((/** @type {{username: string}} */ { username }) => username === leaver.username).id;
  await world.signIn(olga);
  const hers = await world.anotherBrowser();
  await world.signIn(second, hers);
  return { olga, second: hers, successor, disable: () => olga.api.post(`/api/accounts/${id}/disable`) };
}

/** @param {Page} page */
async function proposed(page) {
  await page.goto("/#/hand-overs/new");
  await page.getByLabel("Vertrekkende adviseur").selectOption({ label: "Anna Dijk (adviser.1)" });
  await page.getByLabel("Opvolger").selectOption({ label: "Sanne Bos (adviser.2)" });
  await page.getByLabel("Reden").fill("Anna gaat met pensioen");
  await press(page, "Overdracht voorstellen");
  await heading(page, "Overdracht");
}

/** Each look at a hand-over finds as many files moved as this says, and with all of them what it is really like. @param {Page} page */
async function slowly(page) {
  const way = { moved: 0 };
  await page.route(/\/api\/hand-overs\/[0-9a-f-]+$/u, async (route) => {
    const answer = await route.fetch();
    const json = { ...(await answer.json()), ...(way.moved < 3 && { state: "moving", files: 3, moved: way.moved }) };
    await route.fulfill({ response: answer, json });
  });
  return way;
}

story("one officer proposes, another approves, and the successor finds the files and a note", async (world) => {
  const { page } = world;
  const { second, successor, disable } = await office(world);
  await page.goto("/");
  await page.getByRole("link", { name: "Overdrachten" }).click();
  await page.getByText("Er is nog geen overdracht voorgesteld.").waitFor();
  await page.getByRole("link", { name: "Overdracht voorstellen" }).click();
  await page.getByText("Er is geen adviseur met een uitgeschakeld account.").waitFor();
  await world.screen("hand-over-nobody");
  await disable();
  await page.reload();
  await page.getByLabel("Reden").waitFor();
  await press(page, "Overdracht voorstellen");
  await page.getByRole("heading", { name: "Er zijn 3 fouten" }).waitFor();
  await world.screen("hand-over-propose");
  await proposed(page);
  await page.getByText("U hebt dit zelf voorgesteld.").waitFor();
  assert.equal(await page.getByRole("button", { name: "Goedkeuren" }).count(), 0);
  await world.screen("hand-over-own");

  await second.goto("/#/hand-overs");
  await second.getByRole("row").filter({ hasText: "Wacht op goedkeuring" }).getByRole("link", { name: "Anna Dijk" }).click();
  await second.getByText("Een andere privacy officer stelt dit voor.").waitFor();
  await world.screen("hand-over-approve", second);
  await press(second, "Goedkeuren");
  const way = await slowly(second);
  await second.getByRole("dialog").getByRole("button", { name: "Goedkeuren" }).click();
  await second.getByText("Overgedragen dossiers: 0 van 3.").waitFor();
  assert.deepEqual(await world.focused(second), { role: "heading", name: "Overdracht" });
  way.moved = 1;
  await second.getByText("Overgedragen dossiers: 1 van 3.").waitFor();
  await world.screen("hand-over-moving", second);
  way.moved = 3;
  await second.getByText("Overgedragen dossiers: 3 van 3.").waitFor();
  await second.getByRole("row").filter({ hasText: "Voltooid" }).waitFor();
  const history = await second.getByRole("table").getByRole("row").allInnerTexts();
  assert.match(history[1] ?? "", /Voltooid \(dossiers: 3\)[\s\S]*FinRust \(automatisch\)/u);
  assert.match(history.at(-1) ?? "", /Voorgesteld[\s\S]*Olga Officier/u);
  await world.screen("hand-over-completed", second);
  assert.doesNotMatch(await second.content(), /El Amrani/u, "no client's name reaches the officer");
  await second.getByRole("link", { name: "Alle overdrachten" }).click();
  await second.getByRole("row").filter({ hasText: "Voltooid" }).getByText("Sanne Bos").waitFor();
  await world.screen("hand-overs", second);

  const hers = await world.anotherBrowser();
  await world.signIn(successor, hers);
  await hers.goto("/#/messages");
  await hers.getByRole("heading", { name: "Dossiers van Anna Dijk" }).waitFor();
  await hers.getByText("Alle dossiers zijn nu van u. Aantal: 3.").waitFor();
  await world.screen("hand-over-received", hers);
  await hers.getByRole("link", { name: "Naar uw cliënten" }).click();
  await heading(hers, "Cliënten");
  await hers.getByText("3 cliënten").waitFor();
  await hers.getByRole("link", { name: "Bram de Wit 2" }).click();
  await hers.getByRole("link", { name: "Rechten" }).click();
  await hers.getByRole("link", { name: "Logboek" }).click();
  await hers.getByRole("row").filter({ hasText: "Overgenomen" }).getByText("FinRust, bij een overdracht").waitFor();
  await hers.getByRole("row").filter({ hasText: "Anna Dijk" }).filter({ hasText: "Gemaakt" }).getByText("vorige adviseur").waitFor();
  await hers.getByRole("row").filter({ hasText: "Geopend" }).getByText(/^Sanne Bos \(\S+\), deze sessie$/u).waitFor();
  await world.screen("rights-trail-former", hers);
});

story("a proposal that was withdrawn meanwhile is not approved, and nobody proposes what is there already", async (world) => {
  const { page } = world;
  const { second, disable } = await office(world);
  await disable();
  await proposed(page);
  await second.goto("/#/hand-overs");
  await second.getByRole("link", { name: "Anna Dijk" }).click();
  await second.getByRole("button", { name: "Goedkeuren" }).waitFor();
  world.expectStatus(409, "/api/hand-overs");
  const again = page.url();
  await page.goto("/#/hand-overs");
  await heading(page, "Overdrachten");
  await page.goto("/#/hand-overs/new");
  await page.getByLabel("Vertrekkende adviseur").selectOption({ index: 1 });
  await page.getByLabel("Opvolger").selectOption({ index: 1 });
  await page.getByLabel("Reden").fill("Nog eens");
  await press(page, "Overdracht voorstellen");
  await page.getByText("Dit account zit in een overdracht.").waitFor();
  await page.goto(again);
  await page.getByRole("dialog").getByRole("button", { name: "Weggaan zonder opslaan" }).click();
  await press(page, "Intrekken");
  await page.getByRole("dialog").getByRole("button", { name: "Intrekken" }).click();
  await page.getByText("Het voorstel is ingetrokken.").waitFor();
  await press(second, "Goedkeuren");
  await second.getByRole("dialog").getByRole("button", { name: "Goedkeuren" }).click();
  await second.getByText("Dit kan niet meer: het voorstel is intussen goedgekeurd of ingetrokken.").waitFor();
  await second.getByText("Ingetrokken").first().waitFor();
  await world.screen("hand-over-withdrawn", second);
});

story("the same officer is refused by the server too", async (world) => {
  const { olga, disable } = await office(world);
  await disable();
  await proposed(world.page);
  const { json } = await olga.api.get("/api/hand-overs");
  const refused = await olga.api.ask("POST", `/api/hand-overs/${json.items[0].id}/approve`);
  assert.deepEqual([refused.status, refused.json.code], [403, "same_officer"]);
});

story("the words of hand-overs are there in English too", async (world) => {
  const { page } = world;
  const { disable } = await office(world);
  await disable();
  await proposed(page);
  await press(page, "English");
  await heading(page, "Handover");
  await page.getByText("You proposed this yourself.").waitFor();
});
