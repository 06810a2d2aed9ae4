// Every screen that there is, out of the table of the front end, each with something on it: a new route is in the stories about all screens by itself.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE } from "./client_file.mjs";
import { root } from "./tools.mjs";

/** @typedef {Pick<import("./world.mjs").World, "people" | "server">} World */
/** @typedef {import("./people.mjs").Person} Person */
/** @typedef {{path: string, access: string}} Route */

const FRONT = join(root, "handlers/front");
const NAME = "Annelies Hottentottententententoonstellingsdirecteur";

/** One of each for the parameters of an address. */
const STEPS = { "clients/:id/rights/step/:step": "restrict", "requests/:id/:step": "answer", "breaches/:id/step/:step": "assessed" };
const PARTS = [...text("pages/account/account.js").matchAll(/\["\/([\w-]+)", "/gu)].map(([, part = ""]) => part);

/** @returns {Route[]} as the table has them */
export function routes() {
  const found = [...text("routes.js").matchAll(/(?:eager|lazy)\("([^"]+)", "(\w+)"/gu)].map(([, path = "", access = ""]) => ({ path, access }));
  if (found.length === 0) throw new Error("the code has no table of routes");
  return found;
}

/** @param {string} name */
function text(name) {
  return readFileSync(join(FRONT, name), "utf8");
}

/**
 * Somebody of each kind, with something on every screen.
 * @param {World} world
 * @param {string} access whose screens
 * @param {{leaves: string, stays: string}} [names] what the two advisers are called whom officers see
 */
export async function stocked(world, access, names = { leaves: "Anna Dijk", stays: NAME }) {
  const person = access === "officer" ? await world.people.newOfficer({ name: "Olga Officier" }) : await world.people.newAdviser({ name: "Sanne Bos" });
  const { ids, stays } = access === "officer" ? await officers(world, person, names) : { ids: await advisers(person), stays: person };
  const shown = routes().filter((route) => route.access === access || route.access === "signed_in" || route.access === "anyone");
  const visits = shown.flatMap(({ path }) => filled(path, ids).map((whole) => ({ path: whole, route: path === "account/:part" ? whole : path })));
  return { person, ids, names, stays, visits, paths: visits.map(({ path }) => path) };
}

/** The file that all stories are about, once more. @param {Person} adviser @returns {Promise<string>} its id */
export async function anotherFile({ api }) {
  const [first = ""] = NAME.split(" ");
  const { json } = await api.post("/api/clients", { ...SAMPLE, person: { ...SAMPLE.person, first_name: first, last_name: NAME } });
  return json.id;
}

/** @param {Person} adviser @returns {Promise<Record<string, string>>} */
async function advisers(adviser) {
  const { api } = adviser;
  const clients = await anotherFile(adviser);
  for (const last_name of ["Dijk", "Bos", "Wit"]) await api.post("/api/clients", { person: { last_name } });
  const { json: request } = await api.post("/api/requests", { kind: "access", name: NAME, received_on: "2026-01-02" });
  const table = "Achternaam;Geboortedatum\nKip;1980-02-31\nHaan;1980-02-01\n";
  const { json: imported } = await api.post("/api/imports", { name: "cliënten.csv", bytes: table.length });
  await api.put(`/api/imports/${imported.id}/parts/0`, { data: Buffer.from(table).toString("base64") });
  return { clients, requests: request.id, exchange: imported.id };
}

/** @param {World} world @param {Person} officer @param {{leaves: string, stays: string}} names @returns {Promise<{ids: Record<string, string>, stays: Person}>} */
async function officers(world, { api }, names) {
  const leaves = await world.people.newAdviser({ name: names.leaves });
  const stays = await world.people.newAdviser({ name: names.stays });
  const { json: accounts } = await api.get("/api/accounts");
  const id = (/** @type {Person} */ { username }) => accounts.items.find((/** @type {{username: string}} */ one) => one.username === username).id;
  await api.post(`/api/accounts/${id(leaves)}/disable`);
  const noticed = new Date(world.server.clock.now().getTime() - 3_600_000).toISOString();
  const { json: breach } = await api.post("/api/breaches", { what: "Een laptop is gestolen.", noticed_at: noticed });
  await api.post(`/api/breaches/${breach.id}/steps`, { step: "became_aware", at: noticed });
  const { json: processor } = await api.post("/api/processors", { party: { name: "Drukkerij De Pers" } });
  const { json: handOver } = await api.post("/api/hand-overs", { from: id(leaves), to: id(stays), reason: "Met pensioen" });
  return { stays, ids: { accounts: id(stays), disabled: id(leaves), breaches: breach.id, processors: processor.id, "hand-overs": handOver.id } };
}

/** @param {string} path @param {Record<string, string>} ids @returns {string[]} */
function filled(path, ids) {
  if (path === "account/:part") return PARTS.map((part) => `account/${part}`);
  if (path.startsWith("login/")) return [];
  const step = STEPS[/** @type {keyof typeof STEPS} */ (path)];
  const [kind = ""] = path.split("/");
  const whole = path.replace(":id", ids[kind] ?? ":").replace(":client", ids["clients"] ?? ":").replace(":step", step ?? ":").replace(":number", "1");
  if (whole.includes(":")) throw new Error(`${path}: nothing is known for this address`);
  return [whole];
}
