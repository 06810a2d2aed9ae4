// Whoever decides about somebody sees a name that was chosen and, in brackets, the username, which nobody chooses twice: no chosen name brings brackets of its own.
import assert from "node:assert/strict";
import { dialogs, ways } from "../every_dialog.mjs";
import { stocked } from "../every_screen.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** One says that it is the other, whose username is `bert`. */
const NAMES = { leaves: "Bert (bert)", stays: "Bert〔bert〕" };
const FALSE = /[\p{Ps}]bert[\p{Pe}]/u;
/** As it is told. */
const TRUE = /Bert ?bert \(adviser\.\d+\)/u;
/** Each by its own label. */
const LABELLED = /^accounts\/[^/]+$/u;

/** @param {Page} page @param {string} path */
async function at(page, path) {
  await page.goto(`/#/${path}`);
  await page.locator("main h1").first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
}

/** What can be read or heard: also what a box may be set to, and what has no words but a name. @param {Page} page @returns {Promise<string>} */
function told(page) {
  return page.evaluate(() => [document.body.textContent, ...[...document.querySelectorAll("[aria-label], [title]")].map((one) => `${one.getAttribute("aria-label")} ${one.getAttribute("title")}`)].join("\n"));
}

/** The files of who stays were opened, and that is attached to the breach. @param {World} world @param {Awaited<ReturnType<typeof stocked>>} found */
async function affect({ server }, { person: { api }, ids }) {
  const now = server.clock.now().getTime();
  const window = { from: new Date(now - 86_400_000).toISOString(), until: new Date(now).toISOString() };
  const path = `/api/breaches/${ids["breaches"]}`;
  let { json } = await api.post(`${path}/affected`, window);
  while (!json.finished) ({ json } = await api.post(`${path}/affected`, { cursor: json.cursor }));
  assert.equal(json.affected.advisers.length, 1, JSON.stringify(json));
  await api.post(`${path}/evidence`, { cursor: json.cursor });
}

story("no screen of an officer shows brackets of a chosen name, wherever somebody is named", async (world) => {
  const { page } = world;
  const found = await stocked(world, "officer", NAMES);
  await found.stays.api.post("/api/clients", { person: { last_name: "Dijk" } });
  await affect(world, found);
  await world.signIn(found.person);
  /** @type {string[]} */
  const wrong = [];
  /** @type {Set<string>} */
  const named = new Set();
  for (const { path, route } of found.visits) {
    await at(page, path);
    if (route.endsWith("/affected")) {
      await page.getByRole("button", { name: "Zoeken" }).click();
      await page.getByRole("table").waitFor();
    }
    const text = await told(page);
    if (FALSE.test(text) && !LABELLED.test(path)) wrong.push(path);
    if (TRUE.test(text)) named.add(route);
  }
  assert.deepEqual(wrong, []);
  assert.deepEqual([...named].sort(), ["accounts", "accounts/:id/controller", "breaches/:id/affected", "breaches/:id/letters", "hand-overs", "hand-overs/:id", "hand-overs/new"]);
});

for (const name of dialogs().filter((one) => ways[one]?.access === "officer")) {
  story(`no dialog of an officer shows brackets of a chosen name: ${name}`, async (world) => {
    const { page } = world;
    const way = ways[name];
    assert.ok(way);
    const found = await stocked(world, "officer", NAMES);
    await world.signIn(found.person);
    await at(page, way.at(found.ids));
    await way.open(page, world, found);
    const dialog = page.locator(`dialog[open][data-dialog=${name}]`);
    await dialog.waitFor();
    const text = (await dialog.textContent()) ?? "";
    assert.doesNotMatch(text, FALSE);
    // Whoever is named in it is told apart.
    if (/bert/iu.test(text)) assert.match(text, /Bert ?bert \((?:adviser\.\d+|anna\.dijk)\)/u);
    else assert.ok(!/^(?:account|hand_over|letter)_/u.test(name), `${name} names nobody: ${text}`);
  });
}
