// The harness itself: what it has to catch, and that its clocks, people and mails are real.
import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { headStart } from "../clock.mjs";
import { screenshot } from "../screens.mjs";
import { check, story } from "../story.mjs";
import { screens } from "../tools.mjs";

/** A page of the server's origin with this inside it. @param {import("../world.mjs").World} world @param {string} html @param {Record<string, string>} [headers] */
async function planted(world, html, headers = {}) {
  const body = `<!doctype html><html lang="nl"><title>Geplant</title><link rel="icon" href="/"><main><h1>Geplant</h1>${html}</main></html>`;
  await world.page.route("**/planted", (route) => route.fulfill({ body, contentType: "text/html; charset=utf-8", headers }));
  await world.page.goto("/planted");
}

const STRICT = { "content-security-policy": "default-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'" };

story("a line on the console is caught", async (world) => {
  world.expect(/^console error: oh no$/u);
  world.expect(/^console warning: careful$/u);
  await planted(world, "<script>console.error('oh no'); console.warn('careful'); console.log('fine')</script>");
});

story("an error of the page is caught", async (world) => {
  world.expect(/^page error: Error: thrown/u);
  world.expect(/^page error: Error: rejected/u);
  await planted(world, "<script>Promise.reject(new Error('rejected')); throw new Error('thrown')</script>");
});

story("a breach of the policy is caught", async (world) => {
  world.expect(/^policy violation: script-src-elem stops inline$/u);
  world.expect(/^console error: .*Content Security Policy/u);
  await planted(world, "<script>document.title = 'breached'</script>", STRICT);
  assert.equal(await world.page.title(), "Geplant");
});

story("a request to somewhere else is caught, and does not get there", async (world) => {
  world.expect(/^foreign request: GET https:\/\/example\.nl\/pixel$/u);
  world.expect(/^GET https:\/\/example\.nl\/pixel: failed with net::ERR_NAME_NOT_RESOLVED$/u);
  world.expect(/^console error: Failed to load resource: net::ERR_NAME_NOT_RESOLVED$/u);
  await planted(world, "<img alt='' src='https://example.nl/pixel'>");
  await world.page.waitForLoadState("networkidle");
});

story("an answer that nobody expected is caught", async (world) => {
  world.expectStatus(404, "/api/nothing");
  await planted(world, "");
  await world.page.evaluate(() => fetch("/api/nothing").then((answer) => answer.text()));
});

story("an expectation that is not met is caught", async (world) => {
  world.expect(/^never$/u);
  assert.deepEqual(world.watcher.problems(), ["expected, but did not come: ^never$"]);
  world.watcher.note("never");
});

story("clocks move: a session ends after half an hour without use", async (world) => {
  const adviser = await world.people.newAdviser();
  await planted(world, "");
  const before = await world.page.evaluate(() => Date.now());
  await world.advance({ minutes: 29 });
  assert.equal((await adviser.api.ask("GET", "/api/session")).status, 200);
  await world.advance({ minutes: 31 });
  assert.equal((await adviser.api.ask("GET", "/api/session")).status, 401);
  const passed = (await world.page.evaluate(() => Date.now())) - before;
  assert.ok(passed >= 3_600_000 && passed < 3_660_000, `${passed} ms passed in the browser`);
  const [early, shown, late] = [world.server.clock.now().getTime(), await world.page.evaluate(() => Date.now()), world.server.clock.now().getTime()];
  assert.ok(shown > early - 1_500 && shown < late + 1_500, `the server's clock went from ${early} to ${late}, the page's showed ${shown}`);
});

story("clocks move: what a page planned for later happens", async (world) => {
  await planted(world, "<p id=state>waiting</p><script>setTimeout(() => (document.querySelector('#state').textContent = 'done'), 1_680_000)</script>");
  await world.advance({ minutes: 27 });
  assert.equal(await world.page.textContent("#state"), "waiting");
  await world.advance({ minutes: 2 });
  assert.equal(await world.page.textContent("#state"), "done");
});

story("clocks move once what is under way is over: nothing is given up", async (world) => {
  await world.page.route("**/slow", async (route) => {
    await pause(300);
    await route.fulfill({ body: "" });
  });
  await planted(world, "<p id=state>waiting</p><script>fetch('/slow', { signal: AbortSignal.timeout(30_000) }).then(() => 'done', String).then((text) => (document.querySelector('#state').textContent = text))</script>");
  await world.advance({ minutes: 1 });
  await world.page.getByText("done").waitFor();
});

check("no clock begins near the hour that Dutch clocks show twice", async () => {
  for (const change of ["2026-10-25T01:00:00Z", "2027-03-28T01:00:00Z"]) {
    for (let minutes = -24 * 60; minutes <= 24 * 60; minutes += 10) {
      const now = Date.parse(change) + minutes * 60_000;
      const since = (now + headStart(now) * 1000 - Date.parse(change)) / 3_600_000;
      assert.ok(since <= -3 || since >= 5, `${since} hours after ${change}`);
      if (Math.abs(minutes) >= 5 * 60) assert.equal(headStart(now), 0);
    }
  }
});

story("an officer has an authenticator app, and uses it again and again", async (world) => {
  const officer = await world.people.newOfficer();
  for (let time = 0; time < 3; time++) {
    const { json } = await (await officer.signIn()).get("/api/session");
    assert.deepEqual([json.username, json.role, json.two_factor], [officer.username, "officer", true]);
  }
  assert.equal(officer.recoveryCodes.length, 10);
});

story("a browser takes the cookies of a session", async (world) => {
  const adviser = await world.people.newAdviser({ twoFactor: true });
  await planted(world, "");
  await world.signIn(adviser);
  const session = await world.page.evaluate(() => fetch("/api/session").then((answer) => answer.json()));
  assert.equal(session.username, adviser.username);
  const another = await world.anotherBrowser();
  assert.equal((await another.request.get("/api/session")).status(), 401);
});

story("a browser keeps the cookies that an answer sets", async (world) => {
  const { username, password } = await world.people.newAdviser();
  await planted(world, "");
  const status = await world.page.evaluate(async (body) => {
    await (await fetch("/api/login", { method: "POST", headers: { "content-type": "application/json" }, body })).text();
    const answer = await fetch("/api/session");
    await answer.text();
    return answer.status;
  }, JSON.stringify({ username, password }));
  assert.equal(status, 200);
});

story("a mail arrives, with its link and one-time password", async (world) => {
  const { person, oneTimePassword } = await world.people.invite("adviser", { name: "Zoë Çelik" });
  const mail = await world.mailbox.next(person.email);
  assert.equal(mail.oneTimePassword, oneTimePassword);
  assert.equal(mail.link, `${world.server.origin}/#/login/${person.username}/${oneTimePassword}`);
  assert.match(mail.text, /^Beste Zoë Çelik,$/mu);
  assert.match(mail.html, /<html lang="nl"/u);
  assert.equal(mail.subject, "Uw account bij FinRust staat klaar");
  assert.deepEqual(world.mailbox.unread(person.email), []);
});

story("many files are made quickly", async (world) => {
  const adviser = await world.people.newAdviser();
  await world.people.seed(adviser, 120);
  const { json } = await adviser.api.post("/api/clients/search", { limit: 200 });
  assert.equal(json.items.length, 120);
});

story("the focus is found by its role and name", async (world) => {
  await planted(world, "<label>Naam <input></label> <button>Opslaan</button>");
  await world.keys("Tab");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Naam" });
  await world.keys("Tab");
  assert.deepEqual(await world.focused(), { role: "button", name: "Opslaan" });
  await world.keys("Shift+Tab");
  assert.deepEqual(await world.focused(), { role: "textbox", name: "Naam" });
});

story("a screen is judged and pictured under a strict policy", async (world) => {
  await planted(world, "<p>Tekst</p>", STRICT);
  await world.screen("harness");
  await screenshot(world.page, "harness", true);
  assert.ok(existsSync(join(screens, "harness-360-dark.png")));
  assert.deepEqual(await world.page.viewportSize(), { width: 1280, height: 800 });
});

story("a screen that is not accessible is caught", async (world) => {
  await planted(world, "<p style='color: #aaa; background: #fff'>Grijs</p><input>");
  await assert.rejects(world.accessible("grey"), /grey, light: serious color-contrast[\s\S]*grey, light: critical label[\s\S]*grey, dark: serious color-contrast/u);
});

story("a screen that is too wide is caught", async (world) => {
  await planted(world, "<p style='width: 400px'>Breed</p>");
  await assert.rejects(world.screen("wide"), /wide is \d+ px wide on a screen of 360 px/u);
});

story("a download is no foreign request", async (world) => {
  await planted(world, "<button>Haal</button>", { "content-security-policy": "default-src 'self'" });
  await world.page.evaluate(() => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["inhoud"], { type: "text/plain" }));
    link.download = "dossier.txt";
    document.querySelector("button")?.addEventListener("click", () => link.click());
  });
  const [download] = await Promise.all([world.page.waitForEvent("download"), world.page.click("button")]);
  assert.equal(download.suggestedFilename(), "dossier.txt");
});

story("an error in the server's log is caught", async (world) => {
  world.expect(/^server log: \S+ ERROR mail_folder_failed /u);
  world.expect(/^server log: \S+ ERROR job_poisoned /u);
  const isGivenUp = () => world.server.errors().some((line) => line.includes(" job_poisoned "));
  const officer = await world.people.newOfficer();
  // A mail that cannot be written is tried a few times, and then given up. In one step: other mails are on their way.
  renameSync(join(world.server.data, "mail"), join(world.server.data, "gone"));
  await officer.api.post("/api/password-reset", { username: officer.username });
  for (const deadline = Date.now() + 60_000; !isGivenUp() && Date.now() < deadline; await pause(50)) {
    await world.advance({ minutes: 10 });
  }
});
