// A walk in the engine of Safari: signing in behind TLS, and clicks that open what they are aimed at.
import assert from "node:assert/strict";
import { SAMPLE } from "../client_file.mjs";
import { People } from "../people.mjs";
import { Server } from "../server.mjs";
import { check } from "../story.mjs";
import { TlsProxy } from "../tls_proxy.mjs";
import { minibrowser, until, WebKit } from "../webkit.mjs";

const NAMES = ["Aalders", "Bos", "Citroen", "Dijk", "Evers"];

/** @param {(webkit: WebKit, place: { origin: string, people: People }) => Promise<void>} walk */
async function walked(walk) {
  const browser = minibrowser();
  if (browser === undefined) {
    if (process.env.FINRUST_REQUIRE_EMULATORS === "1") throw new Error("webkit2gtk-driver and xvfb are not installed");
    return console.log("skipped: webkit2gtk-driver and xvfb are not installed");
  }
  const proxy = await TlsProxy.start();
  const server = await Server.start({ publicUrl: proxy.origin });
  proxy.target = server.origin;
  const webkit = await WebKit.start(browser);
  try {
    await walk(webkit, { origin: proxy.origin, people: new People(server, { now: () => server.clock.now(), advance: async (span) => server.advance(span) }) });
  } finally {
    await webkit.stop();
    proxy.stop();
    await server.stop();
  }
}

check("every click in the list opens the client that it hits, and the boxes around it do what they say", () => walked(async (webkit, { origin, people }) => {
  const adviser = await people.newAdviser();
  /** @type {Record<string, string>} */
  const ids = {};
  for (const last_name of NAMES) ids[last_name] = (await adviser.api.post("/api/clients", { ...SAMPLE, person: { last_name } })).json.id;
  await webkit.go(`${origin}/`);
  await webkit.type("//input[@name='username']", adviser.username);
  await webkit.type("//input[@name='password']", adviser.password);
  await webkit.click("//button[text()='Inloggen']");
  for (const width of [560, 900, 1300]) {
    await webkit.size(width, 900);
    for (const name of [NAMES[0], NAMES[2], NAMES[4]]) {
      for (const target of ["th", "td[last()]"]) {
        await webkit.click(`//tr[th[contains(., '${name}')]]/${target}`);
        await webkit.find(`//h1[contains(., '${name}')]`);
        assert.ok((await webkit.url()).endsWith(`#/clients/${ids[name ?? ""]}`), `${name} at ${width} px`);
        await webkit.click("//a[text()='Alle cliënten']");
      }
    }
    await webkit.click("//input[@type='search']");
    assert.equal(await webkit.run("return document.activeElement.type"), "search");
    await webkit.click("//a[text()='Nieuwe cliënt']");
    await webkit.find("//h1[text()='Nieuwe cliënt']");
    await webkit.type("(//input[@name='last_name'])[1]", "Getypt");
    await webkit.click("//a[text()='Alle cliënten']");
    await webkit.click("//dialog//button[text()='Hier blijven']");
    assert.ok((await webkit.url()).endsWith("#/clients/new"));
    await webkit.click("//a[text()='Alle cliënten']");
    await webkit.click("//dialog//button[text()='Weggaan zonder opslaan']");
    await until(async () => assert.ok((await webkit.url()).endsWith("#/clients")));
  }
}));
