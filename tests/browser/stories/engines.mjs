// The same walks in the engines of Firefox and of Safari, with a mouse and with a keyboard, behind TLS: WebKit keeps no `Secure` cookie on plain http.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SAMPLE } from "../client_file.mjs";
import { until } from "../engine.mjs";
import { Firefox, firefox } from "../firefox.mjs";
import { asked, button, Hands, heading, link } from "../hands.mjs";
import { People } from "../people.mjs";
import { Server } from "../server.mjs";
import { check } from "../story.mjs";
import { TlsProxy } from "../tls_proxy.mjs";
import { adviser, officer, signIn } from "../walks.mjs";
import { minibrowser, WebKit } from "../webkit.mjs";

/** @typedef {import("../engine.mjs").Engine} Engine */
/** @typedef {import("../walks.mjs").Place} Place */

/** Each engine with what starts it, or what is missing. @type {Record<string, { start: () => Promise<Engine> | undefined, packages: string }>} */
const ENGINES = {
  firefox: { packages: "firefox-esr", start: () => (firefox() === undefined ? undefined : Firefox.start()) },
  webkit: { packages: "webkit2gtk-driver and xvfb", start: () => (minibrowser() === undefined ? undefined : WebKit.start(minibrowser() ?? "")) },
};

/** @param {string} name of the engine @param {(engine: Engine, place: Place) => Promise<void>} walk */
async function walked(name, walk) {
  const { start, packages } = ENGINES[name] ?? { start: () => undefined, packages: name };
  const starting = start();
  if (starting === undefined) {
    if (process.env.FINRUST_REQUIRE_EMULATORS === "1") throw new Error(`${packages}: not installed`);
    return console.log(`skipped: ${packages}: not installed`);
  }
  const proxy = await TlsProxy.start();
  const server = await Server.start({ publicUrl: proxy.origin });
  proxy.target = server.origin;
  const folder = mkdtempSync(join(tmpdir(), "finrust-walk-"));
  const engine = await starting;
  try {
    const now = () => server.clock.now();
    await walk(engine, { origin: proxy.origin, folder, now, later: (minutes) => server.advance({ minutes }), people: new People(server, { now, advance: async (span) => server.advance(span) }) });
    assert.deepEqual(server.errors(), []);
  } finally {
    await engine.stop();
    proxy.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const name of Object.keys(ENGINES)) {
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
