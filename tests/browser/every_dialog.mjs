// How each dialog of the front end is brought about. The list of them is the code's own: one that has no way here fails its story.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stocked } from "./every_screen.mjs";
import { root } from "./tools.mjs";

/** @typedef {import("./world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {Awaited<ReturnType<typeof stocked>>} Stocked */
/** @typedef {{access: "adviser" | "officer", at: (ids: Record<string, string>) => string, open: (page: Page, world: World, found: Stocked) => Promise<void>, about?: string, dirty?: boolean}} Way `about`: what it names; `dirty`: over something that is not saved */

/** @returns {string[]} */
export function dialogs() {
  const text = readFileSync(join(root, "handlers/front/core/dialog.js"), "utf8");
  const [, list = ""] = /DIALOGS = [^[]*\[([^\]]*)\]/u.exec(text) ?? [];
  const names = [...list.matchAll(/"(\w+)"/gu)].map(([, name = ""]) => name);
  if (names.length === 0) throw new Error("the code has no list of dialogs");
  return names;
}

const press = (/** @type {Page} */ page, /** @type {string} */ name) => page.getByRole("button", { name, exact: true }).click();
const file = (/** @type {Record<string, string>} */ ids) => `clients/${ids["clients"]}`;
const WHO = "Hottentotten";

/** Another version is on the server. @param {Stocked} found @param {string} notes */
async function changed({ person: { api }, ids }, notes) {
  const { json, etag } = await api.get(`/api/clients/${ids["clients"]}`);
  const { id, created_at, updated_at, overview, ...whole } = json;
  void [id, created_at, updated_at, overview];
  await api.put(`/api/clients/${ids["clients"]}`, { ...whole, notes }, { "if-match": etag });
}

/** @param {Page} page @param {string} words */
async function note(page, words) {
  await page.getByRole("textbox", { name: "Notities" }).fill(words);
}

/** @param {Page} page @param {RegExp} path @param {(json: any) => any} change what the server would say later */
async function answered(page, path, change) {
  await page.route(path, async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    return route.fulfill({ response, json: change(await response.json()) });
  });
}

/** @type {Record<string, Way>} */
export const ways = {
  leave: { access: "adviser", at: file, dirty: true, about: WHO, open: async (page) => (await note(page, "Nieuw"), await page.evaluate(() => void (location.hash = "#/messages"))) },
  sign_out_elsewhere: {
    access: "adviser",
    at: file,
    open: async (page, world) => {
      const other = await page.context().newPage();
      await other.goto("/#/clients/new");
      await other.getByLabel("Voorletters").first().fill("A.B.");
      await page.bringToFront();
      await world.still(page, async () => (await press(page, "Uitloggen"), await page.getByRole("dialog").waitFor()));
    },
  },
  expiring: { access: "adviser", at: file, open: (_, world) => world.advance({ minutes: 27, seconds: 10 }) },
  file_conflict: { access: "adviser", at: file, dirty: true, about: WHO, open: async (page, world, found) => (await changed(found, "Van een ander"), await note(page, "Van mij"), world.expectStatus(412, "/api/clients"), await press(page, "Opslaan")) },
  file_gone: {
    access: "adviser",
    at: file,
    dirty: true,
    about: WHO,
    open: async (page, world, { person: { api }, ids }) => {
      const path = `/api/clients/${ids["clients"]}`;
      await api.delete(path, { "if-match": (await api.get(path)).etag });
      await note(page, "Van mij");
      world.expectStatus(404, "/api/clients");
      await press(page, "Opslaan");
    },
  },
  file_delete: { access: "adviser", at: file, about: WHO, open: (page) => press(page, "Dossier verwijderen") },
  file_delete_changed: {
    access: "adviser",
    at: file,
    about: WHO,
    open: async (page, world, found) => {
      await changed(found, "Van een ander");
      await press(page, "Dossier verwijderen");
      world.expectStatus(412, "/api/clients");
      await page.getByRole("dialog").getByRole("textbox").fill("verwijderen");
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").getByText("ergens anders gewijzigd").waitFor();
    },
  },
  import_discard: { access: "adviser", at: (ids) => `exchange/${ids["exchange"]}`, about: "cliënten.csv", open: (page) => press(page, "Import verwijderen") },
  account_disable: { access: "officer", at: (ids) => `accounts/${ids["accounts"]}`, about: WHO, open: (page) => press(page, "Uitschakelen") },
  account_enable: { access: "officer", at: (ids) => `accounts/${ids["disabled"]}`, about: "Anna Dijk", open: (page) => press(page, "Inschakelen") },
  account_confirm: {
    access: "officer",
    at: (ids) => `accounts/${ids["accounts"]}`,
    about: WHO,
    open: async (page, _, { ids }) => {
      await answered(page, /api\/accounts(\?.*)?$/u, (json) => ({ ...json, items: json.items.map((/** @type {any} */ item) => (item.id === ids["accounts"] ? { ...item, status: "proposed", own: false } : item)) }));
      await page.reload();
      await press(page, "Bevestigen");
    },
  },
  account_take_back: {
    access: "officer",
    at: (ids) => `accounts/${ids["accounts"]}`,
    about: WHO,
    open: async (page, _, { ids }) => {
      await answered(page, /api\/accounts(\?.*)?$/u, (json) => ({ ...json, items: json.items.map((/** @type {any} */ item) => (item.id === ids["accounts"] ? { ...item, status: "invited" } : item)) }));
      await page.reload();
      await press(page, "Uitnodiging intrekken");
    },
  },
  breach_step: {
    access: "officer",
    at: (ids) => `breaches/${ids["breaches"]}/step/assessed`,
    dirty: true,
    open: async (page) => {
      await page.locator("select[name=risk]").selectOption("high_risk");
      await page.locator("textarea[name=reasons]").fill("Namen zijn gezien.");
      await press(page, "Vastleggen");
    },
  },
  letter_send: {
    access: "officer",
    at: (ids) => `breaches/${ids["breaches"]}`,
    about: "Anna Dijk",
    open: async (page, _, { ids, names }) => {
      const text = { subject: "Brief", paragraphs: ["Tekst"] };
      await answered(page, /api\/.*\/letters$/u, () => ({ items: [{ account: ids["disabled"], found: { display_name: names.leaves, username: "anna.dijk" }, nl: text, en: text }], next: null }));
      await page.goto(`/#/breaches/${ids["breaches"]}/letters`);
      await page.getByRole("button", { name: /^Versturen aan .* \(anna\.dijk\)$/u }).click();
    },
  },
  processor_publish: { access: "officer", at: () => "processors", about: "Drukkerij De Pers", open: async (page, _, { ids }) => (await answered(page, /api\/processors\/[^/]+$/u, (json) => ({ ...json, missing: [] })), await page.goto(`/#/processors/${ids["processors"]}`), await press(page, "Publiceren")) },
  processor_end: {
    access: "officer",
    at: (ids) => `processors/${ids["processors"]}/end`,
    about: "Drukkerij De Pers",
    dirty: true,
    open: async (page) => {
      await page.locator("textarea[name=reason]").fill("Overgestapt");
      await press(page, "Gebruik beëindigen");
    },
  },
  request_step: {
    access: "adviser",
    at: (ids) => `requests/${ids["requests"]}/answer`,
    about: WHO,
    dirty: true,
    open: async (page) => {
      await page.locator("select[name=decision]").selectOption("granted");
      await press(page, "Antwoord vastleggen");
    },
  },
  file_erase: {
    access: "adviser",
    at: (ids) => `clients/${ids["clients"]}/rights`,
    about: WHO,
    dirty: true,
    open: async (page, _, { person: { api, password }, ids }) => {
      await api.post(`/api/clients/${ids["clients"]}/rights`, { step: "mark", reason: "Op verzoek", ground: "no_longer_needed" });
      await page.goto(`/#/clients/${ids["clients"]}/rights/erase`);
      await page.locator("input[name=password]").fill(password);
      await page.locator("input[name=no_legal_duty]").check();
      await page.keyboard.press("Enter");
    },
  },
  hand_over_approve: { access: "officer", at: () => "hand-overs", about: "Anna Dijk", open: async (page, _, { ids }) => (await answered(page, /api\/hand-overs\/[^/]+$/u, (json) => ({ ...json, own: false })), await page.goto(`/#/hand-overs/${ids["hand-overs"]}`), await press(page, "Goedkeuren")) },
  hand_over_withdraw: { access: "officer", at: (ids) => `hand-overs/${ids["hand-overs"]}`, about: "Anna Dijk", open: (page) => press(page, "Intrekken") },
  received_stop: {
    access: "adviser",
    at: () => "messages",
    about: "Anna Dijk",
    open: async (page) => {
      const item = { id: "3b241101-e2bb-4255-8caf-4136c566a962", from: "Anna Dijk", proposed_at: "2029-12-30T00:00:00Z", files: 0, moved: 0, state: "approved", moves_at: "2030-01-01T00:00:00Z" };
      await answered(page, /api\/hand-overs\/received$/u, () => ({ items: [item], next: null }));
      await page.reload();
      await press(page, "Tegenhouden");
    },
  },
  firm_confirm: {
    access: "officer",
    at: () => "firm",
    about: "Piet Privacy (piet)",
    open: async (page) => {
      const proposed = { role: "processor", name: null, address: null, proposed_at: "2029-12-30T00:00:00Z", applies_at: null, by_name: "Piet Privacy (piet)", own: false };
      await answered(page, /api\/organisation$/u, (json) => ({ ...json, proposed }));
      await page.reload();
      await press(page, "Bevestigen");
    },
  },
  hand_over_stop: { access: "officer", at: () => "hand-overs", about: "Anna Dijk", open: async (page, _, { ids }) => (await answered(page, /api\/hand-overs\/[^/]+$/u, (json) => ({ ...json, state: "approved", moves_at: "2030-01-01T00:00:00Z" })), await page.goto(`/#/hand-overs/${ids["hand-overs"]}`), await press(page, "Tegenhouden")) },
};
