// What a browser's own ways of typing need: undoing, keys of other keyboards, what fills boxes without keys, the keyboard of a phone.
import assert from "node:assert/strict";
import { atFile, atNewFile, content, part, row, sign } from "../client_file.mjs";
import { story } from "../story.mjs";

story("Ctrl+Z takes back what a box was put in order to, and then what was typed", async (world) => {
  await atNewFile(world);
  const { page } = world;
  const boxes = { Geboortedatum: ["1 mei 1980", "01-05-1980"], BSN: ["111.222.333", "111222333"], Postcode: ["1234ab", "1234 AB"] };
  for (const [label, [typed = "", usual = ""]] of Object.entries(boxes)) {
    const box = page.getByLabel(label).first();
    for (const leave of [() => page.keyboard.press("Tab"), () => page.getByLabel("Straat").click()]) {
      await box.fill("");
      await box.focus();
      await page.keyboard.type(typed);
      await leave();
      assert.equal(await box.inputValue(), usual);
      await box.focus();
      await page.keyboard.press("Control+z");
      assert.equal(await box.inputValue(), typed, label);
      await page.keyboard.press("Tab");
      assert.equal(await box.inputValue(), usual);
    }
  }
  await page.getByRole("button", { name: "Uitgave toevoegen" }).click();
  const amount = row(page, "Uitgave 1").getByLabel("Bedrag (€)");
  await amount.focus();
  await page.keyboard.type("1234,5");
  world.expectStatus(422, "/api/clients");
  await page.keyboard.press("Control+s");
  await page.getByRole("alert").getByText("Er is één fout").waitFor();
  assert.equal(await amount.inputValue(), "1.234,50");
  await amount.focus();
  await page.keyboard.press("Control+z");
  assert.equal(await amount.inputValue(), "1234,5");
});

story("Ctrl+S saves with the letters of any keyboard, and Ctrl+Shift+S is the browser's", async (world) => {
  const { adviser, path } = await atFile(world);
  const { page } = world;
  const notes = page.getByRole("textbox", { name: "Notities" });
  const press = (/** @type {object} */ init) => page.evaluate((keys) => !document.body.dispatchEvent(new KeyboardEvent("keydown", { ctrlKey: true, bubbles: true, cancelable: true, ...keys })), init);
  await notes.fill("Cyrillisch");
  for (const others of [{ key: "S", code: "KeyS", shiftKey: true }, { key: "o", code: "KeyS" }, { key: "ы", code: "KeyA" }]) assert.equal(await press(others), false, JSON.stringify(others));
  const saved = page.waitForResponse((response) => response.request().method() === "PUT");
  assert.equal(await press({ key: "ы", code: "KeyS" }), true);
  await saved;
  await sign(page, "Opgeslagen");
  assert.equal((await content(adviser, path)).notes, "Cyrillisch");
  await notes.fill("Dvorak");
  const again = page.waitForResponse((response) => response.request().method() === "PUT");
  assert.equal(await press({ key: "s", code: "Semicolon" }), true);
  await again;
  await sign(page, "Opgeslagen");
});

story("what fills a box and fires nothing but `change` counts as a change", async (world) => {
  await atFile(world);
  const { page } = world;
  await page.getByLabel("Bedrag (€)").first().evaluate((box) => {
    /** @type {HTMLInputElement} */ (box).value = "5.000,00";
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await page.getByRole("status").getByText("Niet opgeslagen").waitFor();
  assert.match((await part(page, "Inkomsten").locator(".total").textContent()) ?? "", /5\.000,00/u);
});

story("the keyboard of a phone has the signs that a box takes, and a list of countries is made when it is used", async (world) => {
  await atFile(world);
  const { page } = world;
  for (const label of ["Geboortedatum", "Bedrag (€)", "Rente (%)"]) assert.equal(await page.getByLabel(label).first().getAttribute("inputmode"), null, label);
  const country = page.getByLabel("Land");
  assert.equal(await country.locator("option").count(), 1);
  assert.equal(await country.inputValue(), "NL");
  await country.focus();
  assert.ok((await country.locator("option").count()) > 200);
  assert.equal(await country.inputValue(), "NL");
});

story("on a phone that lies down, most of the window is the form", async (world) => {
  await atFile(world);
  const { page } = world;
  await page.setViewportSize({ width: 740, height: 360 });
  await page.getByLabel("Postcode").focus();
  const fixed = await page.evaluate(() => [...document.querySelectorAll("body *")].filter((one) => ["sticky", "fixed"].includes(getComputedStyle(one).position) && one.getBoundingClientRect().height > 0).map((one) => one.className));
  assert.deepEqual(fixed, []);
});

story("two password boxes have buttons of two names, each what it shows, and a username beside them", async (world) => {
  const { page } = world;
  const person = await world.people.newAdviser();
  await world.signIn(person);
  await page.goto("/#/account/password");
  const shows = page.getByRole("button", { name: /^Tonen \(/ });
  await shows.first().waitFor();
  const names = await shows.evaluateAll((all) => all.map((one) => one.textContent));
  assert.equal(new Set(names).size, 2, names.join());
  await shows.first().click();
  await page.getByRole("button", { name: /^Verbergen \(/ }).waitFor();
  assert.equal(await page.locator("form input[autocomplete=username]").first().inputValue(), person.username);
});

story("with forced colours one item of the bar is the current one", async (world) => {
  const { page } = world;
  await world.signIn(await world.people.newAdviser());
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("/#/clients");
  await page.getByRole("heading", { level: 1 }).waitFor();
  const edges = await page.locator(".bar nav a").evaluateAll((all) => all.map((one) => ({ edge: getComputedStyle(one).borderBottomColor, current: one.hasAttribute("aria-current") })));
  const [first] = edges.filter(({ current }) => current);
  assert.equal(edges.filter(({ edge }) => edge === first?.edge).length, 1, JSON.stringify(edges));
});
