// Every screen on a computer whose clock is wrong: the server's decides.
import assert from "node:assert/strict";
import { stocked } from "../every_screen.mjs";
import { story } from "../story.mjs";

/** @typedef {import("../world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const WRONG = { "70 seconds fast": 70 * SECOND, "70 seconds slow": -70 * SECOND, "13 hours fast": 13 * HOUR, "13 hours slow": -13 * HOUR, "a day fast": 24 * HOUR, "a day slow": -24 * HOUR };

/** A browser whose clock is so far off; it runs as fast as any. @param {World} world @param {number} off */
async function wrongClock(world, off) {
  const page = await world.anotherBrowser({ realTime: true });
  await page.addInitScript((ahead) => {
    const Right = Date;
    class Wrong extends Right {
      /** @param {any[]} parts */
      constructor(...parts) {
        // @ts-ignore: any of its forms
        super(...(parts.length === 0 ? [Right.now() + ahead] : parts));
      }

      static now() {
        return Right.now() + ahead;
      }
    }
    globalThis.Date = /** @type {any} */ (Wrong);
  }, world.server.clock.now().getTime() - Date.now() + off);
  return page;
}

for (const access of ["adviser", "officer"]) {
  story(`no screen of an ${access} minds a clock that is 70 seconds, 13 hours or a day fast or slow`, async (world) => {
    const { person, paths } = await stocked(world, access);
    for (const [how, off] of Object.entries(WRONG)) {
      // A code of an app may move the clocks on, which would set this one right.
      const session = await person.signIn();
      const page = await wrongClock(world, off);
      await world.signIn(person, page, session);
      await page.goto("/");
      await page.locator("main h1").first().waitFor();
      const isFar = Math.abs(off) > 120 * SECOND;
      assert.equal(await page.getByText(/^De klok van deze computer loopt (?:13|24) uur (?:voor|achter)\./u).count(), isFar ? 1 : 0, how);
      for (const path of paths) {
        await page.goto(`/#/${path}`);
        await page.locator("main h1").first().waitFor();
        await page.locator("main [aria-busy=true]").first().waitFor({ state: "detached" });
        assert.equal(await page.getByText("Uw sessie is verlopen.").count(), 0, `${path}, ${how}`);
        assert.equal(await page.locator("dialog[open]").count(), 0, `${path}, ${how}`);
      }
      await world.closeBrowser(page);
    }
  });
}

story("what a page fills in is the server's time, however wrong the clock", async (world) => {
  const adviser = await world.people.newAdviser();
  const open = [];
  for (const [how, off] of Object.entries(WRONG)) {
    const page = await wrongClock(world, off);
    const api = await world.signIn(adviser, page);
    const from = world.server.clock.now().getTime();
    await page.goto("/#/suspicion");
    await page.getByLabel("Wat is er gezien of gebeurd?").fill("Een dossier stond open.");
    open.push({ how, page, api, from, until: world.server.clock.now().getTime() });
  }
  // Longer than it takes to look at the clocks once more.
  await world.page.waitForTimeout(6 * SECOND);
  for (const { how, page, api, from, until } of open) {
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/api/breaches"));
    await page.getByRole("button", { name: "Doorgeven" }).click();
    const noticed = Date.parse((await sent).postDataJSON().noticed_at);
    // A box for a moment knows minutes only, and an answer says the time in seconds.
    assert.ok(noticed >= from - 61 * SECOND && noticed <= until + SECOND, `${noticed}, of a form opened from ${from} until ${until}, ${how}`);
    await page.getByRole("heading", { name: "Uw vermoeden is doorgegeven" }).waitFor();
    assert.equal((await api.ask("GET", "/api/session")).status, 200, how);
  }
});
