// A client file without a mouse, and in English.
import assert from "node:assert/strict";
import { atFile, content, fillIn, ids, part, row, sign } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */

/** Presses Tab until something has the focus. @param {World} world @param {string} role @param {string} name */
async function tabTo(world, role, name) {
  const passed = [];
  for (let presses = 0; presses < 60; presses++) {
    await world.keys("Tab");
    const found = await world.focused();
    if (found.role === role && found.name === name) return;
    passed.push(`${found.role} ${found.name}`);
  }
  assert.fail(`no ${role} ${name} among ${passed.join(", ")}`);
}

story("signing in and saving a file takes a keyboard and nothing else", async (world) => {
  const adviser = await world.people.newAdviser();
  const { page } = world;
  const type = (/** @type {string} */ text) => page.keyboard.type(text);
  await page.goto("/");
  await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  await type(adviser.username);
  await tabTo(world, "textbox", "Wachtwoord");
  await type(adviser.password);
  await world.keys("Enter");
  await page.getByRole("heading", { name: "Cliënten", level: 1 }).waitFor();
  await tabTo(world, "link", "Nieuwe cliënt");
  await world.keys("Enter");
  await page.getByRole("heading", { name: "Nieuwe cliënt", level: 1 }).waitFor();
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Voorletters" });
  await tabTo(world, "textbox", "Achternaam");
  await type("Dijk");
  await tabTo(world, "button", "Inkomen toevoegen");
  await world.keys("Enter");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Omschrijving" });
  await type("Salaris");
  await tabTo(world, "textbox", "Bedrag (€)");
  await type("2500,5");
  await world.keys("Control+Enter");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Omschrijving" });
  await type("Toeslag");
  await world.keys("Control+s");
  await sign(page, "Opgeslagen");
  assert.equal(await row(page, "Inkomen 1").getByLabel("Bedrag (€)").inputValue(), "2.500,50");
  const [id] = await ids(adviser);
  const { incomes } = await content(adviser, `/api/clients/${id}`);
  assert.deepEqual(incomes, [{ description: "Salaris", amount_cents: 250_050, period: "month" }, { description: "Toeslag", period: "month" }]);
});

story("a part of the file is a key press away", async (world) => {
  await atFile(world);
  const { page } = world;
  await page.getByRole("navigation", { name: "Onderdelen van het dossier" }).getByRole("button", { name: "Schulden" }).press("Enter");
  assert.deepEqual(await world.focused(), { role: "heading", name: "Schulden" });
  await world.keys("Tab");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Omschrijving" });
});

story("the file speaks English too, with its own way of writing amounts", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("region", { name: "Income" }).waitFor();
  const amount = row(page, "Income 1").getByLabel("Amount (€)");
  assert.equal(await amount.inputValue(), "3,500.00");
  await fillIn(row(page, "Debt 1"), { "Interest (%)": "4.1", "Outstanding (€)": "1,234.56" });
  await fillIn(part(page, "Address"), { Country: "=Belgium", Postcode: "2000" });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("status").getByText("Saved", { exact: true }).waitFor();
  const stored = await content(adviser, path);
  assert.deepEqual([stored.debts[0].interest_percent, stored.debts[0].balance_cents, stored.address.country], ["4.1", 123_456, "BE"]);
  await world.screen("file-english");
});
