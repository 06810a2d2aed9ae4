// What the stories about a client file do on its screen.
import assert from "node:assert/strict";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./world.mjs").World} World */
/** @typedef {Record<string, string>} Values by label; a value in front of which `=` stands is chosen, not typed */

/** A file of some size, as the API takes it. */
export const SAMPLE = {
  person: { first_name: "Anna", prefix: "van", last_name: "Dijk", birth_date: "1975-04-30" },
  address: { street: "Kerkstraat", house_number: "12", postcode: "1234 AB", city: "Utrecht", country: "NL" },
  incomes: [{ description: "Salaris", kind: "employment", amount_cents: 350_000, period: "month" }],
  expenses: [{ description: "Energie", kind: "energy", amount_cents: 18_000, period: "month" }],
  assets: [{ description: "Woning", kind: "property", value_cents: 45_000_000 }],
  debts: [{ description: "Hypotheek", kind: "mortgage", balance_cents: 28_000_000, interest_percent: "3.85" }],
  notes: "Belt liever dan mailt.",
};

/** An adviser who is signed in and looks at a stored file. @param {World} world @param {object} [content] */
export async function atFile(world, content = SAMPLE) {
  const adviser = await world.people.newAdviser();
  const { json, etag } = await adviser.api.post("/api/clients", content);
  await world.signIn(adviser);
  await world.page.goto(`/#/clients/${json.id}`);
  await world.page.getByRole("button", { name: "Opslaan" }).waitFor();
  return { adviser, id: String(json.id), etag, path: `/api/clients/${json.id}` };
}

/** An adviser who is signed in and begins a new file. @param {World} world */
export async function atNewFile(world) {
  const adviser = await world.people.newAdviser();
  await world.signIn(adviser);
  await world.page.goto("/#/clients/new");
  await world.page.getByRole("heading", { name: "Nieuwe cliënt", level: 1 }).waitFor();
  return adviser;
}

/** One part of the file. @param {Page} page @param {string} name */
export function part(page, name) {
  return page.getByRole("region", { name, exact: true });
}

/** One row of a list. @param {Page} page @param {string} name such as "Inkomen 1" */
export function row(page, name) {
  return page.getByRole("group", { name, exact: true });
}

/** @param {import("playwright-core").Locator} place @param {Values} values */
export async function fillIn(place, values) {
  for (const [label, value] of Object.entries(values)) {
    const box = place.getByLabel(label, { exact: true });
    // A long list is made when its box is used.
    if (value.startsWith("=")) await box.focus();
    if (value.startsWith("=")) await box.selectOption({ label: value.slice(1) });
    else await box.fill(value);
  }
}

/** Adds a row and fills it in. @param {Page} page @param {string} button @param {string} name of the row @param {Values} values */
export async function addRow(page, button, name, values) {
  await page.getByRole("button", { name: button, exact: true }).click();
  await fillIn(row(page, name), values);
}

/** @param {Page} page */
export async function save(page) {
  await page.getByRole("button", { name: "Opslaan", exact: true }).click();
}

/** @param {Page} page @param {"Opgeslagen" | "Niet opgeslagen"} words */
export function sign(page, words) {
  return page.getByRole("status").getByText(words, { exact: true }).waitFor();
}

/** The file without what the server adds. @param {import("./people.mjs").Person} adviser @param {string} path */
export async function content(adviser, path) {
  const { json } = await adviser.api.get(path);
  const { id, created_at, updated_at, overview, ...file } = json;
  assert.ok(id && created_at && updated_at && overview);
  return file;
}

/** The ids of all files. @param {import("./people.mjs").Person} adviser @returns {Promise<string[]>} */
export async function ids(adviser) {
  const { json } = await adviser.api.post("/api/clients/search", {});
  return json.items.map((/** @type {{id: string}} */ { id }) => id);
}
