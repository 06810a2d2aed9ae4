// Every screen that makes something with a key, out of the modules of the front end: what is typed there, and how many there are of it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "./tools.mjs";

/** @typedef {import("./world.mjs").World} World */
/** @typedef {import("./api.mjs").Api} Api */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Locator} Locator */

/**
 * Somebody in front of a screen where all is filled in.
 * @typedef {object} Scene
 * @property {RegExp} path what is posted there
 * @property {() => Locator} button that makes it
 * @property {string | null} [sure] the button of the question that comes before it
 * @property {() => Locator} done what the screen says once it is made
 * @property {() => Promise<number>} count how many there are
 * @property {() => number} [mails] how many were mailed about it
 * @property {boolean} [looks] without an answer it looks whether it was done
 */

/** Mails are written by a job of the server's own. */
const LOOKS = 1_600;
const BETWEEN_LOOKS = 25;
const FRONT = join(root, "handlers/front");
const ENTRY = {
  party: { name: "Drukkerij De Pers", address: "Voorbeeldweg 1, 1234 AB Utrecht", contact_name: "Vera Vos", contact_email: "privacy@pers.example" },
  service: "Drukwerk", data: ["accounts"], subjects: ["clients"], countries: ["NL"], starts_on: "2025-01-01",
  agreement: { file_sha256: "ab".repeat(32), version: "2.1", signed_on: "2024-12-20", holds: ["subject", "duration", "nature", "purpose", "instructions", "secrecy", "security", "sub_processors", "rights", "assistance", "return_or_deletion", "audits"] },
  consent: { permission: "general", customers_told_on: "2024-12-01", objection_days: 30 },
  next_review_on: "2099-01-10",
};

/** The places where a key is made, as module and address. @returns {string[]} */
export function makers() {
  const modules = readdirSync(FRONT, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js") && name !== "core/once.js").sort();
  return [...new Set(modules.flatMap((name) => {
    const text = readFileSync(join(FRONT, name), "utf8");
    const intended = [...text.matchAll(/intention\(["`]([^"`]+)["`]\)/gu)].map(([, path]) => path);
    const own = [...text.matchAll(/post\(\s*"([^"]+)"[^;]*idempotency-key/giu)].map(([, path]) => path);
    return [...intended, ...own].map((path) => `${name} ${path}`);
  }))].sort();
}

/** One thing, and one mail about it; another one would have come by now. @param {World} world @param {Scene} scene */
export async function once(world, scene) {
  for (let looks = 0; looks < LOOKS && ((await scene.count()) < 1 || (scene.mails?.() ?? 1) < 1); looks++) await pause(BETWEEN_LOOKS);
  // Whatever waits is sent in the order in which it came: this comes last.
  const made = await scene.count();
  const last = await world.people.newAdviser({ name: "Laatste" });
  await last.api.post("/api/password-reset", { username: last.username });
  await world.mailbox.next(last.email);
  assert.deepEqual([made, scene.mails?.() ?? 1], [1, 1]);
}

/** @param {World} world */
async function adviser(world) {
  const person = await world.people.newAdviser({ name: "Sanne Bos" });
  await world.signIn(person);
  return person;
}

/** @param {World} world */
async function officer(world) {
  const person = await world.people.newOfficer({ name: "Olga Officier" });
  await world.signIn(person);
  return person;
}

/** A suspicion that an officer looks into. @param {World} world */
async function suspected(world) {
  const { api } = await officer(world);
  const { json } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: ago(world, 3_600_000) });
  return { api, id: String(json.id), path: `/api/breaches/${json.id}` };
}

/** @param {World} world @param {number} ms */
function ago(world, ms) {
  return new Date(world.server.clock.now().getTime() - ms).toISOString();
}

/** @param {Page} page @param {string} name @returns {() => Locator} */
function button(page, name) {
  return () => page.getByRole("button", { name, exact: true });
}

/** @param {Page} page @param {string} name @returns {() => Locator} */
function heading(page, name) {
  return () => page.getByRole("heading", { name, level: 1, exact: true });
}

/** Entries of a list. @param {Api} api @param {string} path @returns {() => Promise<number>} */
function listed(api, path) {
  return async () => (await api.get(path)).json.items.length;
}

/** Steps of this sort in a record. @param {Api} api @param {string} path @param {string} step @returns {() => Promise<number>} */
function taken(api, path, step) {
  return async () => (await api.get(path)).json.steps.filter((/** @type {{event?: {step: string}, step?: string}} */ one) => (one.event?.step ?? one.step) === step).length;
}

/** @type {Record<string, (world: World, page: Page) => Promise<Scene>>} */
export const scenes = {
  "pages/suspicion/suspicion.js /api/breaches": async (world, page) => {
    const told = await world.people.newOfficer();
    await adviser(world);
    await page.goto("/#/suspicion");
    await page.getByLabel("Wat is er gezien of gebeurd?").fill("Een dossier stond open.");
    const mails = () => world.mailbox.unread(told.email).filter(({ mail }) => mail.subject === "Iemand geeft in FinRust een vermoeden van een datalek door").length;
    return { path: /\/api\/breaches$/u, button: button(page, "Doorgeven"), done: () => page.getByRole("heading", { name: "Uw vermoeden is doorgegeven" }), count: listed(await told.signIn(), "/api/breaches"), mails };
  },
  "pages/breaches/record.js ${path}/steps": async (world, page) => {
    const { api, id, path } = await suspected(world);
    await page.goto(`/#/breaches/${id}/step/annotated`);
    await page.getByLabel("Opmerking").fill("Gebeld met de politie.");
    return { path: /\/steps$/u, button: button(page, "Vastleggen"), done: heading(page, "Datalek"), count: taken(api, path, "annotated") };
  },
  "pages/breaches/evidence.js ${path}/evidence": async (world, page) => {
    const { api, id, path } = await suspected(world);
    await page.goto(`/#/breaches/${id}/affected`);
    await button(page, "Sleutels bekijken")().click();
    return { path: /\/evidence$/u, button: button(page, "Vastleggen bij dit datalek"), done: heading(page, "Datalek"), count: taken(api, path, "keys_attached") };
  },
  "pages/breaches/papers.js ${path}/letters": async (world, page) => {
    const reader = await world.people.newAdviser({ name: "Sanne Bos" });
    await world.people.seed(reader, 1);
    const { api, id, path } = await suspected(world);
    await world.advance({ minutes: 2 });
    await api.post(`${path}/steps`, { step: "became_aware", at: ago(world, 60_000) });
    const { json } = await api.post(`${path}/affected`, { from: ago(world, 7_200_000), until: ago(world, 1_000) });
    await api.post(`${path}/evidence`, { cursor: json.cursor });
    await page.goto(`/#/breaches/${id}/letters`);
    const mails = () => world.mailbox.unread(reader.email).filter(({ mail }) => mail.subject === "Er is een bericht over uw dossiers in FinRust").length;
    return { path: /\/letters$/u, button: button(page, `Versturen aan Sanne Bos (${reader.username})`), sure: "Versturen", done: () => page.getByText(/^Verstuurd op/u), count: taken(api, path, "letter_sent"), mails };
  },
  "pages/processors/editor.js /api/processors": async (world, page) => {
    const { api } = await officer(world);
    await page.goto("/#/processors/new");
    await page.getByLabel("Partij", { exact: true }).fill("Drukkerij De Pers");
    return { path: /\/api\/processors$/u, button: button(page, "Als concept opslaan"), done: heading(page, "Drukkerij De Pers"), count: listed(api, "/api/processors") };
  },
  "pages/processors/list.js /api/processors/platform": async (world, page) => {
    const { api } = await officer(world);
    await page.goto("/#/processors");
    const laid = async () => {
      const names = (await api.get("/api/processors")).json.items.map((/** @type {{name: string, service: string}} */ one) => `${one.name}: ${one.service}`);
      return names.length === 0 ? 0 : names.length / new Set(names).size;
    };
    return { path: /\/platform$/u, button: button(page, "Concepten klaarzetten"), done: () => page.getByText(/^Klaargezette concepten: [1-9]/u), count: laid };
  },
  "pages/processors/page.js /api/processors/${encodeURIComponent(id)}/publish": async (world, page) => {
    const { api } = await officer(world);
    const { json } = await api.post("/api/processors", ENTRY);
    await page.goto(`/#/processors/${json.id}`);
    return { path: /\/publish$/u, button: button(page, "Publiceren"), sure: "Publiceren", done: () => page.getByText("Gepubliceerd."), count: taken(api, `/api/processors/${json.id}`, "published"), looks: true };
  },
  "pages/processors/page.js ${path}/end": async (world, page) => {
    const { api } = await officer(world);
    const { json } = await api.post("/api/processors", ENTRY);
    await page.goto(`/#/processors/${json.id}/end`);
    await page.getByLabel("Reden", { exact: true }).fill("Niet meer nodig");
    return { path: /\/end$/u, button: button(page, "Gebruik beëindigen"), sure: "Gebruik beëindigen", done: heading(page, "Drukkerij De Pers"), count: taken(api, `/api/processors/${json.id}`, "ended") };
  },
  "pages/rights/requests.js ${path}/steps": async (world, page) => {
    const { api } = await adviser(world);
    const { json } = await api.post("/api/requests", { kind: "access", name: "Anna Dijk", received_on: "2026-01-02" });
    await page.goto(`/#/requests/${json.id}/note`);
    await page.getByLabel("Opmerking", { exact: true }).fill("Gebeld");
    return { path: /\/steps$/u, button: button(page, "Opmerking maken"), done: heading(page, "Verzoek"), count: taken(api, `/api/requests/${json.id}`, "note") };
  },
  "pages/rights/requests.js /api/requests": async (world, page) => {
    const { api } = await adviser(world);
    await page.goto("/#/requests/new");
    await page.getByLabel("Soort verzoek").selectOption({ label: "Inzage" });
    await page.getByLabel("Wie het vraagt").fill("Anna Dijk");
    return { path: /\/api\/requests$/u, button: button(page, "Verzoek vastleggen"), done: heading(page, "Verzoek"), count: listed(api, "/api/requests") };
  },
  "pages/rights/rights.js /api/clients/${encodeURIComponent(id)}/rights": async (world, page) => {
    const { api } = await adviser(world);
    const { json } = await api.post("/api/clients", { person: { last_name: "Dijk" } });
    await page.goto(`/#/clients/${json.id}/rights/step/restrict`);
    await page.getByLabel("Reden", { exact: true }).fill("Betwist het inkomen");
    const count = async () => JSON.stringify((await api.get(`/api/clients/${json.id}/rights`)).json).split("Betwist het inkomen").length - 1;
    return { path: /\/rights$/u, button: button(page, "Gebruik beperken"), done: heading(page, "Rechten"), count };
  },
  "pages/exchange/exchange.js /api/imports": async (world, page) => {
    const { api } = await adviser(world);
    await page.goto("/#/exchange");
    await page.getByLabel("Csv-bestand").setInputFiles({ name: "klanten.csv", mimeType: "text/csv", buffer: Buffer.from("Achternaam\nDijk\n") });
    return { path: /\/api\/imports$/u, button: button(page, "Bestand controleren"), done: () => page.getByText("Alle rijen zijn in orde."), count: listed(api, "/api/imports") };
  },
  "pages/exchange/exchange.js /api/exports": async (world, page) => {
    const person = await adviser(world);
    await person.api.post("/api/clients", { person: { last_name: "Dijk" } });
    await page.goto("/#/exchange");
    await page.getByLabel("Huidig wachtwoord").fill(person.password);
    const mails = () => world.mailbox.unread(person.email).filter(({ mail }) => mail.subject === "Al uw cliëntdossiers zijn geëxporteerd uit FinRust").length;
    return { path: /\/api\/exports$/u, button: button(page, "Exporteren"), done: () => page.getByText("De export is klaar en staat bij uw downloads."), count: async () => mails(), mails };
  },
  "pages/hand_overs/propose.js /api/hand-overs": async (world, page) => {
    await world.people.newAdviser({ name: "Anna Dijk" });
    await world.people.newAdviser({ name: "Sanne Bos" });
    const { api } = await officer(world);
    const { json } = await api.get("/api/accounts");
    const leaver = json.items.find((/** @type {{display_name: string}} */ one) => one.display_name === "Anna Dijk");
    await world.people.newOfficer({ name: "Piet Privacy" });
    await api.post(`/api/accounts/${leaver.id}/disable`);
    await page.goto("/#/hand-overs/new");
    await page.getByLabel("Vertrekkende adviseur").selectOption({ label: "Anna Dijk (adviser.1)" });
    await page.getByLabel("Opvolger").selectOption({ label: "Sanne Bos (adviser.2)" });
    await page.getByLabel("Reden").fill("Anna gaat met pensioen");
    return { path: /\/api\/hand-overs$/u, button: button(page, "Overdracht voorstellen"), done: heading(page, "Overdracht"), count: listed(api, "/api/hand-overs") };
  },
  "pages/accounts/accounts.js /api/accounts": async (world, page) => {
    const { api } = await officer(world);
    await page.goto("/#/accounts/invite");
    await page.getByLabel("Naam", { exact: true }).fill("Iris Vos");
    await page.getByLabel("E-mailadres").fill("iris@example.nl");
    await page.getByLabel("Gebruikersnaam").fill("iris.vos");
    const count = async () => (await api.get("/api/accounts")).json.items.filter((/** @type {{email: string}} */ { email }) => email === "iris@example.nl").length;
    return { path: /\/api\/accounts$/u, button: button(page, "Uitnodiging versturen"), done: heading(page, "Account"), count, mails: () => world.mailbox.unread("iris@example.nl").length };
  },
  "pages/accounts/accounts.js ${path}/invite": async (world, page) => {
    const { api } = await officer(world);
    const { json } = await api.post("/api/accounts", { username: "iris.vos", display_name: "Iris Vos", email: "iris@example.nl", role: "adviser" });
    await world.mailbox.next("iris@example.nl");
    await page.goto(`/#/accounts/${json.id}`);
    const mails = () => world.mailbox.unread("iris@example.nl").length;
    return { path: /\/invite$/u, button: button(page, "Opnieuw uitnodigen"), done: () => page.getByText("Er gaat een nieuwe uitnodiging uit. De vorige werkt niet meer."), count: async () => mails(), mails };
  },
  "pages/client_file/versions.js /api/clients": async (world, page) => {
    const { api } = await adviser(world);
    await page.goto("/#/clients/new");
    await page.getByRole("heading", { name: "Nieuwe cliënt", level: 1 }).waitFor();
    await page.getByLabel("Achternaam", { exact: true }).first().fill("Dijk");
    const count = async () => (await api.post("/api/clients/search", {})).json.items.length;
    return { path: /\/api\/clients$/u, button: button(page, "Opslaan"), done: () => page.getByText("Opgeslagen", { exact: true }), count };
  },
};
