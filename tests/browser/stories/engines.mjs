// The same walks in the engines of Firefox and of Safari, with a mouse and with a keyboard.
import assert from "node:assert/strict";
import { SAMPLE } from "../client_file.mjs";
import { until } from "../engine.mjs";
import { ENGINES, walked } from "../engines.mjs";
import { asked, button, Hands, heading, link } from "../hands.mjs";
import { check } from "../story.mjs";
import { adviser, officer, signIn } from "../walks.mjs";

/** @typedef {import("../engine.mjs").Engine} Engine */
/** @typedef {import("../walks.mjs").Place} Place */

for (const name of ENGINES) {
  for (const way of /** @type {const} */ (["mouse", "keyboard"])) {
    check(`an adviser works in ${name} by ${way}`, () => walked(name, async (engine, place) => {
      await engine.size(1280, 800);
      await adviser(new Hands(engine, way), place);
    }));
    check(`an officer works in ${name} by ${way}`, () => walked(name, async (engine, place) => {
      await engine.size(1280, 800);
      await officer(new Hands(engine, way), place);
    }));
  }

  check(`every click in the list opens the client that it hits, and the boxes around it do what they say, in ${name}`, () => walked(name, lists));
}

const NAMES = ["Aalders", "Bos", "Citroen", "Dijk", "Evers"];

/** @param {Engine} engine @param {Place} place */
async function lists(engine, { origin, people }) {
  const person = await people.newAdviser();
  /** @type {Record<string, string>} */
  const ids = {};
  for (const last_name of NAMES) ids[last_name] = (await person.api.post("/api/clients", { ...SAMPLE, person: { last_name } })).json.id;
  const hands = new Hands(engine, "mouse");
  const isAt = (/** @type {string} */ hash) => until(async () => assert.equal(await engine.run("return location.hash"), hash));
  await signIn(hands, origin, person);
  for (const width of [560, 900, 1300]) {
    await engine.size(width, 900);
    for (const name of ["Aalders", "Citroen", "Evers"]) {
      for (const target of ["th", "td[last()]"]) {
        await hands.press(`//tr[th[contains(., '${name}')]]/${target}`);
        await hands.sees(heading(name));
        await isAt(`#/clients/${ids[name]}`);
        await hands.press(link("Alle cliënten"));
      }
    }
    await hands.press("//input[@type='search']");
    assert.equal(await engine.run("return document.activeElement.type"), "search");
    await hands.press(link("Nieuwe cliënt"));
    await hands.sees(heading("Nieuwe cliënt"));
    await hands.fill("//input[@name='last_name']", "Getypt");
    await hands.press(link("Alle cliënten"));
    await hands.press(asked(button("Hier blijven")));
    await isAt("#/clients/new");
    await hands.press(link("Alle cliënten"));
    await hands.press(asked(button("Weggaan zonder opslaan")));
    await isAt("#/clients");
  }
}
