// Every dialog × every way to go elsewhere: none outlives its screen, none stands over another one, and nothing is done that it did not show.
import assert from "node:assert/strict";
import { aside } from "../cdp.mjs";
import { dialogs, ways } from "../every_dialog.mjs";
import { besides, complete, emptied, OWN_BUTTON, QUESTIONS, type } from "../every_editor.mjs";
import { anotherFile, stocked } from "../every_screen.mjs";
import { atFile } from "../client_file.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** What changes nothing that anybody made. */
const HARMLESS = /^(?:GET .*|POST \/api\/(?:login.*|logout|session\/keep-alive|clients\/search|imports\/[\w-]+\/check))$/u;

/** @type {Record<string, (page: Page, world: World) => Promise<unknown>>} */
const ELSEWHERE = {
  back: (page) => page.evaluate(() => history.back()),
  link: (page) => page.evaluate(() => /** @type {HTMLElement} */ (document.querySelector("header a[href='#/account']")).click()),
  address: (page) => page.evaluate(() => void (location.hash = "#/account/attempts")),
  reload: (page) => page.reload(),
  "second tab": async (page) => {
    const other = await page.context().newPage();
    await other.goto("/#/account");
    await other.getByRole("button", { name: "Uitloggen" }).click();
    await other.getByRole("button", { name: "Uitloggen zonder opslaan" }).or(other.getByRole("heading", { name: "Inloggen" })).click();
    await page.getByRole("heading", { name: "Inloggen" }).waitFor();
  },
  expiry: async (page, world) => {
    await world.advance({ minutes: 31 });
    await page.getByText("Uw sessie is verlopen.").waitFor();
    assert.equal(await page.locator("dialog[open]").count(), 0, "nothing is shown while nobody is signed in");
  },
};

/** After these nobody is signed in any more. */
const ENDS = ["second tab", "expiry"];

for (const name of dialogs()) {
  story(`no dialog outlives its screen: ${name}`, async (world) => {
    const way = ways[name];
    assert.ok(way, `tests/browser/every_dialog.mjs says how ${name} is brought about`);
    const stock = await stocked(world, way.access);
    const { page } = world;
    page.on("dialog", (dialog) => dialog.accept());
    /** @type {string[]} */
    const sent = [];
    page.on("request", (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
    let isSignedIn = false;
    for (const [how, go] of Object.entries(ELSEWHERE)) {
      await page.unrouteAll({ behavior: "ignoreErrors" });
      // What was typed or ended the time before is not carried along.
      if (way.dirty || !isSignedIn) await page.goto("about:blank");
      if (!isSignedIn) await world.signIn(stock.person);
      const found = way.access === "officer" ? stock : { ...stock, ids: { ...stock.ids, clients: await anotherFile(stock.person) } };
      await at(page, way.access === "officer" ? "processors" : "requests");
      await at(page, way.at(found.ids));
      await way.open(page, world, found);
      const dialog = page.locator(`dialog[open][data-dialog=${name}]`);
      await dialog.waitFor();
      assert.ok((await dialog.textContent())?.includes(way.about ?? ""), `${name} names whom it is about`);
      assert.ok(await page.evaluate(() => !document.activeElement?.matches(".danger, .danger-quiet")), `${name}: one Enter too many does harm`);
      await elsewhere({ page, world, how, go, dirty: way.dirty ?? false, sent });
      isSignedIn = !ENDS.includes(how);
      for (const other of page.context().pages()) if (other !== page) await other.close();
    }
  });
}

/** @param {Page} page @param {string} path */
async function at(page, path) {
  await page.goto(`/#/${path}`);
  await page.locator("main h1").first().waitFor();
  await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
}

/** What was begun has come to its end: the page has drawn twice and asks for nothing more. */
const QUIET = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20))))";

/** A step that is undone leads back a moment after the question has come. @param {Page} page @param {string} address */
async function isBack(page, address) {
  await page.waitForURL((url) => url.href === address);
}

/** @param {{page: Page, world: World, how: string, go: (page: Page, world: World) => Promise<unknown>, dirty: boolean, sent: string[]}} asked */
async function elsewhere({ page, world, how, go, dirty, sent }) {
  const [before, heading] = [page.url(), await page.locator("main h1").first().textContent()];
  const isStep = ["back", "link", "address"].includes(how);
  const stays = dirty && isStep;
  sent.length = 0;
  await go(page, world);
  if (stays) {
    await page.locator("dialog[open][data-dialog=leave]").waitFor();
    await isBack(page, before);
  } else if (isStep) await page.waitForURL((url) => url.href !== before);
  await aside(page, QUIET);
  const open = await page.locator("dialog[open]").evaluateAll((all) => all.map((one) => /** @type {HTMLElement} */ (one).dataset["dialog"]));
  assert.deepEqual(open, stays ? ["leave"] : [], `dialogs after ${how}`);
  if (stays) assert.deepEqual([page.url(), await page.locator("main h1").first().textContent()], [before, heading], `address and screen agree after ${how}`);
  if (!ENDS.includes(how)) await page.keyboard.type("verwijderen");
  await page.keyboard.press("Enter");
  await aside(page, QUIET);
  assert.deepEqual(sent.filter((one) => !HARMLESS.test(one)), [], `sent after ${how}`);
}

/** Somebody goes elsewhere, and is asked. @param {Page} page */
async function asked(page) {
  await page.evaluate(() => void (location.hash = "#/account/attempts"));
  const dialog = page.locator("dialog[open][data-dialog=leave]");
  await dialog.or(page.getByRole("heading", { name: "Inlogpogingen", level: 1 })).waitFor();
  return dialog;
}

/** Nobody is asked who only looked. @param {{world: World, path: string, route: string, sent: string[]}} visit @returns {Promise<string>} what is wrong */
async function leaves({ world, path, route, sent }) {
  const { page } = world;
  await at(page, path);
  const here = page.url();
  if (!(await type(page))) return "";
  const dialog = await asked(page);
  const isAsked = (await dialog.count()) > 0;
  if (!isAsked) return QUESTIONS[route] ? "" : "what was typed is lost without a word";
  assert.deepEqual(await world.focused(), { role: "button", name: "Hier blijven" }, path);
  const save = dialog.locator("button[value=save]");
  if ((await save.count()) === 0) return OWN_BUTTON[route] ? "" : "what was typed cannot be saved by who leaves";
  if (OWN_BUTTON[route]) return "has a button, though it " + OWN_BUTTON[route];
  await world.keys("Enter");
  await isBack(page, here);
  const begun = sent.length;
  if (await emptied(page)) {
    // Where nothing else was typed, nothing is lost now.
    const again = await asked(page);
    if ((await again.count()) === 0) await at(page, path);
    else {
      await again.locator("button[value=save]").click();
      await page.locator("main .summary:visible").waitFor();
      // What is not saved is not left.
      await isBack(page, here);
    }
  }
  await type(page);
  await complete(page);
  await (await asked(page)).locator("button[value=save]").click();
  await page.getByRole("heading", { name: "Inlogpogingen", level: 1 }).waitFor();
  assert.match(page.url(), /#\/account\/attempts$/u, path);
  const done = sent.slice(begun).filter((one) => !HARMLESS.test(one));
  return done.length === 1 ? "" : `sent ${JSON.stringify(done)}`;
}

for (const access of ["adviser", "officer"]) {
  story(`whoever leaves may have it saved first, wherever something is kept: ${access}`, async (world) => {
    const { person, ids, visits } = await stocked(world, access);
    const { page } = world;
    await world.signIn(person);
    page.on("dialog", (dialog) => dialog.accept());
    if (access === "adviser") world.expectStatus(422, "/api/clients");
    else await person.api.post(`/api/hand-overs/${ids["hand-overs"]}/withdraw`);
    /** @type {string[]} */
    const sent = [];
    page.on("response", (response) => response.ok() && sent.push(`${response.request().method()} ${new URL(response.url()).pathname}`));
    const wrong = [];
    for (const { path, route } of [...visits, ...besides(access, ids)]) {
      const found = await leaves({ world, path, route, sent }).catch(String);
      if (found !== "") wrong.push(`${path}: ${found}`);
      // Files are handed over to nobody of another firm.
      if (route === "accounts/:id/controller") await person.api.put(`/api/${path}`, {});
      if (!/attempts$/u.test(page.url())) await page.goto("about:blank");
    }
    assert.deepEqual(wrong, []);
  });
}

story("after Back the dialog of another file is gone, and both files stay", async (world) => {
  const { adviser, id } = await atFile(world);
  const { json: other } = await adviser.api.post("/api/clients", { person: { last_name: "Bos" } });
  const { page } = world;
  await page.goto(`/#/clients/${other.id}`);
  await page.getByRole("heading", { name: "Bos", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Dossier verwijderen" }).click();
  await page.getByRole("heading", { name: "Dossier van Bos verwijderen?" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Anna van Dijk", level: 1 }).waitFor();
  await page.keyboard.type("verwijderen");
  await page.keyboard.press("Enter");
  for (const one of [id, other.id]) assert.equal((await adviser.api.ask("GET", `/api/clients/${one}`)).status, 200);
});

story("what a slow answer would do is not done on another screen", async (world) => {
  const { adviser, path, etag } = await atFile(world);
  const { page } = world;
  const { json: other } = await adviser.api.post("/api/clients", { person: { last_name: "Bos" } });
  const { id, created_at, updated_at, overview, ...whole } = (await adviser.api.get(path)).json;
  void [id, created_at, updated_at, overview];
  await adviser.api.put(path, { ...whole, notes: "Van een ander" }, { "if-match": etag });
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((/** @type {(value: void) => void} */ done) => (release = done));
  await page.route(`**${path}`, async (route) => (route.request().method() === "DELETE" && (await held), route.continue()));
  world.expectStatus(412, "/api/clients");
  await page.getByRole("button", { name: "Dossier verwijderen" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("verwijderen");
  const asked = page.waitForRequest((request) => request.method() === "DELETE");
  await page.keyboard.press("Enter");
  await asked;
  await page.evaluate((to) => void (location.hash = to), `#/clients/${other.id}`);
  await page.getByRole("heading", { name: "Bos", level: 1 }).waitFor();
  release();
  await page.waitForResponse((response) => response.status() === 412);
  await aside(page, QUIET);
  assert.equal(await page.locator("dialog").count(), 0);
  await page.getByRole("heading", { name: "Bos", level: 1 }).waitFor();
});

story("whoever stays stays where the address says, and Back goes where it went before", async (world) => {
  const { path } = await atFile(world);
  const { page } = world;
  const file = page.url();
  await page.goto("/#/messages");
  await page.getByRole("heading", { name: "Berichten", level: 1 }).waitFor();
  await page.goto(file);
  const notes = page.getByRole("textbox", { name: "Notities" });
  await notes.fill("Nieuw");
  for (const go of [() => page.evaluate(() => history.back()), () => page.getByRole("link", { name: "Verzoeken" }).click(), () => page.evaluate(() => history.go(-2))]) {
    await go();
    const stay = page.getByRole("dialog").getByRole("button", { name: "Hier blijven" });
    await stay.waitFor();
    assert.deepEqual(await world.focused(), { role: "button", name: "Hier blijven" });
    await isBack(page, file);
    await world.keys("Enter");
    assert.equal(await notes.inputValue(), "Nieuw");
  }
  await page.evaluate(() => history.back());
  await page.getByRole("dialog").getByRole("button", { name: "Opslaan en weggaan" }).click();
  await page.getByRole("heading", { name: "Berichten", level: 1 }).waitFor();
  assert.match(page.url(), /#\/messages$/u);
  await page.goForward();
  await page.getByRole("heading", { name: "Anna van Dijk", level: 1 }).waitFor();
  assert.equal(await notes.inputValue(), "Nieuw", `${path} is saved`);
  await notes.fill("");
  await page.getByLabel("Achternaam").first().fill("");
  world.expectStatus(422, "/api/clients/");
  await page.evaluate(() => history.back());
  await page.getByRole("dialog").getByRole("button", { name: "Opslaan en weggaan" }).click();
  await page.getByRole("heading", { name: "Er is één fout" }).waitFor();
  await isBack(page, file);
  await page.evaluate(() => history.back());
  await page.getByRole("dialog").getByRole("button", { name: "Weggaan zonder opslaan" }).click();
  await page.getByRole("heading", { name: "Berichten", level: 1 }).waitFor();
});
