// The engines besides Chromium, each with a server of its own behind TLS: WebKit keeps no `Secure` cookie on plain http.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Firefox, firefox } from "./firefox.mjs";
import { People } from "./people.mjs";
import { Server } from "./server.mjs";
import { TlsProxy } from "./tls_proxy.mjs";
import { minibrowser, WebKit } from "./webkit.mjs";

/** @typedef {import("./engine.mjs").Engine} Engine */
/** @typedef {import("./walks.mjs").Place} Place */
/** @typedef {"firefox" | "webkit"} Name */

/** @type {Name[]} */
export const ENGINES = ["firefox", "webkit"];
const PACKAGES = { firefox: "firefox-esr", webkit: "webkit2gtk-driver and xvfb" };

/** Starts one that is installed. @param {Name} name @param {Record<string, unknown>} wishes @returns {Promise<Engine> | undefined} */
function started(name, wishes) {
  if (name === "firefox") return firefox() === undefined ? undefined : Firefox.start(wishes);
  const browser = minibrowser();
  return browser === undefined ? undefined : WebKit.start(browser);
}

/**
 * Walks in an engine that is installed; says so when it is not.
 * @param {Name} name
 * @param {(engine: Engine, place: Place) => Promise<void>} walk
 * @param {Record<string, unknown>} [wishes] preferences of Firefox
 */
export async function walked(name, walk, wishes = {}) {
  const starting = started(name, wishes);
  if (starting === undefined) {
    if (process.env.FINRUST_REQUIRE_EMULATORS === "1") throw new Error(`${PACKAGES[name]}: not installed`);
    return console.log(`skipped: ${PACKAGES[name]}: not installed`);
  }
  const proxy = await TlsProxy.start();
  const server = await Server.start({ publicUrl: proxy.origin });
  proxy.target = server.origin;
  const folder = mkdtempSync(join(tmpdir(), "finrust-walk-"));
  const engine = await starting;
  try {
    const now = () => server.clock.now();
    const people = new People(server, { now, advance: async (span) => server.advance(span) });
    await walk(engine, { origin: proxy.origin, folder, now, later: (minutes) => server.advance({ minutes }), server, people });
    assert.deepEqual(server.errors(), []);
  } finally {
    await engine.stop();
    proxy.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
