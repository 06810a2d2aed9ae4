// The walk of an adviser and of an officer through their screens, for any engine and either way of using it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE } from "./client_file.mjs";
import { asked, box, button, heading, link, text } from "./hands.mjs";

/** @typedef {import("./hands.mjs").Hands} Hands */
/** @typedef {import("./people.mjs").People} People */
/** @typedef {import("./people.mjs").Person} Person */
/** @typedef {{origin: string, people: People, folder: string, now: () => Date, later: (minutes: number) => void, server: import("./server.mjs").Server}} Place `later`: moves the clock of the server */

const NAMES = ["Aalders", "Bos", "Citroen", "Dijk", "Evers"];
const NOTES = "Notities";

/** @param {Hands} hands @param {string} origin @param {Person} person */
export async function signIn(hands, origin, person) {
  await hands.engine.go(`${origin}/`);
  await hands.sees("//form");
  // An engine may speak another language than its walk.
  if ((await hands.engine.run("return document.documentElement.lang")) !== "nl") await hands.press(button("Nederlands"));
  await hands.fill(box("Gebruikersnaam"), person.username);
  await hands.fill(box("Wachtwoord"), person.password);
  await hands.press(button("Inloggen"));
  if (person.authenticator === undefined) return;
  await hands.sees(box("Code"));
  await hands.fill(box("Code"), await person.totp());
  await hands.press(button("Verder"));
}

/** @param {Hands} hands */
async function signOut(hands) {
  await hands.press(button("Uitloggen"));
  await hands.sees(box("Gebruikersnaam"));
  await hands.misses("//nav");
}

/** @param {Hands} hands @param {Place} place */
export async function adviser(hands, { origin, people, folder }) {
  const person = await people.newAdviser({ twoFactor: true, name: "Sanne Bos" });
  const ids = await clients(person);
  await signIn(hands, origin, person);
  await hands.sees(heading("Cliënten"));
  await hands.fill("//input[@type='search']", "citr");
  await hands.misses(link("Anna Aalders"));
  await open(hands, "Citroen");
  await changes(hands, person, ids["Citroen"] ?? "");
  await leaves(hands);
  await hands.sees(heading("Cliënten"));
  await removes(hands);
  await makes(hands);
  await exchanges(hands, person, folder);
  await signOut(hands);
  const { json } = await (await person.signIn()).post("/api/clients/search", {});
  assert.deepEqual(json.items.map((/** @type {{name: string}} */ one) => one.name).sort(), ["Anna Aalders", "Anna Bos", "Anna Citroen", "Anna Evers", "Fien Gerritsen", "Floor Fransen"]);
}

/** @param {Person} person */
async function clients({ api }) {
  /** @type {Record<string, string>} */
  const ids = {};
  for (const last_name of NAMES) ids[last_name] = (await api.post("/api/clients", { ...SAMPLE, person: { first_name: "Anna", last_name } })).json.id;
  return ids;
}

/** By mouse anywhere in the row. @param {Hands} hands @param {string} name */
async function open(hands, name) {
  await hands.press(hands.way === "mouse" ? `//tr[contains(., '${name}')]/td[last()]` : link(`Anna ${name}`));
  await hands.sees(heading(`Anna ${name}`));
}

/** Saves, and meets what somebody else has saved meanwhile. @param {Hands} hands @param {Person} person @param {string} id */
async function changes(hands, { api }, id) {
  await hands.fill(box(NOTES), "Belt liever.");
  await hands.press(button("Opslaan"));
  await hands.sees("//*[@role='status'][.='Opgeslagen']");
  const path = `/api/clients/${id}`;
  const { json, etag } = await api.get(path);
  assert.equal(json.notes, "Belt liever.");
  const { id: _, created_at, updated_at, overview, ...whole } = json;
  void [_, created_at, updated_at, overview];
  await api.put(path, { ...whole, notes: "Mailt liever." }, { "if-match": etag });
  await hands.fill(box(NOTES), "Schrijft liever.");
  await (hands.way === "mouse" ? hands.press(button("Opslaan")) : hands.engine.keys("Control+s"));
  await hands.sees(asked("//legend[contains(., 'Notities')]"));
  await hands.press(asked(button("Overal mijn versie")));
  await hands.press(asked(button("Mijn keuze opslaan")));
  await hands.misses("//dialog");
  await hands.sees("//*[@role='status'][.='Opgeslagen']");
  assert.equal((await api.get(path)).json.notes, "Schrijft liever.");
}

/** Is asked before what was typed is lost. @param {Hands} hands */
async function leaves(hands) {
  await hands.fill(box(NOTES), "Niet bewaard.");
  await hands.press(link("Alle cliënten"));
  await hands.press(asked(button("Hier blijven")));
  await hands.misses("//dialog");
  await hands.press(link("Alle cliënten"));
  await hands.press(asked(button("Weggaan zonder opslaan")));
}

/** @param {Hands} hands */
async function removes(hands) {
  await hands.sees(link("Anna Citroen"));
  await hands.fill("//input[@type='search']", "dijk");
  await hands.misses(link("Anna Citroen"));
  await open(hands, "Dijk");
  await hands.press(button("Dossier verwijderen"));
  await hands.fill(asked("//input"), "verwijderen");
  await hands.press(asked(button("Dossier verwijderen")));
  await hands.sees(heading("Cliënten"));
  await hands.press(button("Alle cliënten tonen"));
  await hands.sees(link("Anna Aalders"));
  await hands.misses(link("Anna Dijk"));
}

/** @param {Hands} hands */
async function makes(hands) {
  await hands.press(link("Nieuwe cliënt"));
  await hands.sees(heading("Nieuwe cliënt"));
  await hands.fill(box("Roepnaam"), "Floor");
  await hands.fill(box("Achternaam"), "Fransen");
  await hands.press(button("Opslaan"));
  await hands.sees(heading("Floor Fransen"));
}

/** @param {Hands} hands @param {Person} person @param {string} folder */
async function exchanges(hands, person, folder) {
  const table = join(folder, "klanten.csv");
  writeFileSync(table, "Roepnaam;Achternaam;Geboortedatum\r\nFien;Gerritsen;1-2-1980\r\n");
  await hands.press(link("Import en export"));
  await hands.sees(box("Csv-bestand"));
  await hands.engine.upload(box("Csv-bestand"), table);
  await hands.press(button("Bestand controleren"));
  await hands.press(button("Importeren"));
  await hands.sees(heading("De import is klaar", 2));
  await hands.press(link("Import en export"));
  await hands.fill(box("Huidig wachtwoord"), person.password);
  await hands.press(button("Exporteren"));
  await hands.sees("//*[contains(., 'De export is klaar')]");
}

/** A breach from a suspicion up to the letter to whoever was hit. @param {Hands} hands @param {Place} place */
export async function officer(hands, { origin, people, now, later }) {
  const hit = await people.newAdviser({ name: "Sanne Bos" });
  await people.seed(hit, 2);
  const until = now();
  // A box for a moment knows minutes only.
  later(2);
  const person = await people.newOfficer({ name: "Olga Officier" });
  const noticed = new Date(now().getTime() - 3_600_000).toISOString();
  await person.api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  await signIn(hands, origin, person);
  await hands.press(link("Datalekken"));
  await hands.press("//tr[contains(., 'laptop')]//a");
  await takes(hands, "Vastleggen: dit is een datalek");
  await takes(hands, "Risico beoordelen", async () => {
    await hands.choose(box("Risico voor de betrokkenen"), "Hoog");
    await hands.fill(box("Toelichting"), "Namen en inkomens zijn gezien.");
  });
  await affected(hands, new Date(until.getTime() + 60_000));
  await hands.press(link("Berichten aan adviseurs"));
  await hands.press(button(`Versturen aan Sanne Bos (${hit.username})`));
  await hands.press(asked(button("Versturen")));
  await hands.sees(text("Verstuurd op"));
  await signOut(hands);
}

/** @param {Hands} hands @param {string} step @param {() => Promise<void>} [type] */
async function takes(hands, step, type) {
  await hands.press(link(step));
  await hands.sees(heading(step));
  await type?.();
  await hands.press(button("Vastleggen"));
  await hands.press(asked(button("Vastleggen")));
  await hands.sees(heading("Datalek"));
}

/** @param {Hands} hands @param {Date} until */
async function affected(hands, until) {
  await hands.press(link("Wie is getroffen"));
  await hands.moment(box("Van"), new Date(until.getTime() - 7_200_000));
  await hands.moment(box("Tot en met"), until);
  await hands.press("//summary");
  await hands.tick("//label[contains(., 'Sanne Bos')]/input");
  await hands.press(button("Zoeken"));
  await hands.sees("//td[contains(., '2')]");
  await hands.press(button("Vastleggen bij dit datalek"));
  await hands.sees(heading("Datalek"));
}
