// What the boxes read: the cases that the import of tables is held against too, and what is printed reads back.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "../story.mjs";
import { root } from "../tools.mjs";

/** The module of the front end that reads values; it imports nothing, so it stands for itself. */
const source = readFileSync(join(root, "handlers/front/core/values.js"));
const { parseDate, parseMoment, parseMoney, parsePercent, plain, readBsn, readEmail, readPhone, readPostcode, seen } = await import(`data:text/javascript;base64,${source.toString("base64")}`);

// What shows values asks the page for its language; here there is none.
Object.assign(globalThis, { document: { documentElement: { lang: "nl" } } });
const [show, { instants }, { setLanguage }] = await Promise.all(["show", "instants", "words"].map((name) => import(join(root, `handlers/front/core/${name}.js`))));
// Words come from a server; here they lie in the tree.
const { fetch: fromServer } = globalThis;
Object.assign(globalThis, { fetch: async (/** @type {URL} */ url) => new Response(readFileSync(url)) });
await setLanguage("nl");
Object.assign(globalThis, { fetch: fromServer });

/** @param {string} name @returns {[string, any][]} */
const cases = (name) => JSON.parse(readFileSync(join(root, "tests/cases", name), "utf8"));

check("every amount is read as the import reads it, and what can be read in two ways is not", async () => {
  for (const [typed, cents] of cases("amounts.json")) assert.equal(parseMoney(typed) ?? null, cents, JSON.stringify(typed));
});

check("what is in brackets behind a name is the username, as mails say it", async () => {
  /** @type {[string, string | null, string][]} */
  const named = JSON.parse(readFileSync(join(root, "tests/cases/called.json"), "utf8"));
  for (const [name, username, called] of named) assert.equal(show.called(name, username), called, JSON.stringify(name));
  // The table has every bracket that this engine knows.
  const known = new Set(named.map(([name]) => name).join(""));
  for (let code = 0; code < 0x110000; code += 1) {
    const letter = String.fromCodePoint(code);
    assert.ok(!/[\p{Ps}\p{Pe}]/u.test(letter) || known.has(letter), `U+${code.toString(16)}`);
  }
});

check("every day is read as the import reads it", async () => {
  for (const [typed, day] of cases("dates.json")) assert.equal(parseDate(typed) ?? null, day, JSON.stringify(typed));
});

check("what has a form is tidied as the import tidies it", async () => {
  const readers = Object.entries({ bsns: readBsn, emails: readEmail, percents: parsePercent, phones: readPhone, postcodes: readPostcode });
  for (const [name, read] of readers) {
    for (const [typed, tidied] of cases(`${name}.json`)) assert.equal(read(typed) ?? null, tidied, `${name}: ${JSON.stringify(typed)}`);
  }
});

check("every day that is shown reads back as the same day", async () => {
  for (let day = Date.UTC(1900, 0, 1); day < Date.UTC(2100, 0, 1); day += 86_400_000) {
    const iso = new Date(day).toISOString().slice(0, 10);
    assert.equal(parseDate(show.typedDate(iso)), iso);
    if (iso.endsWith("-28")) assert.equal(parseDate(show.date(iso)), iso, show.date(iso));
  }
});

check("every moment that a box shows is one of those that it reads, across both clock changes", async () => {
  for (const change of ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "1996-10-27T01:00:00Z"]) {
    const middle = Date.parse(change);
    for (let at = middle - 4 * 3_600_000; at < middle + 4 * 3_600_000; at += 60_000) {
      const iso = new Date(at).toISOString();
      const read = instants(show.typedMoment(iso));
      assert.ok(read.includes(iso), `${iso} is shown as ${show.typedMoment(iso)}, which reads as ${read}`);
      const isTwice = change.includes("-10-") && Math.floor((at - middle) / 3_600_000) >= -1 && at < middle + 3_600_000;
      assert.equal(read.length, isTwice ? 2 : 1, iso);
    }
    assert.deepEqual(instants(show.typedMoment(new Date(middle).toISOString()).replace(/T.*/, "T02:30")).length, change.includes("-03-") ? 0 : 2);
  }
});

check("of the hour that clocks show twice it is said which one is meant", async () => {
  const shown = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-24T23:59:00Z", "2026-10-25T02:00:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"].map((moment) => show.dateTime(moment));
  assert.deepEqual(shown.slice(0, 2), ["25 oktober 2026 om 02:30 uur (zomertijd)", "25 oktober 2026 om 02:30 uur (wintertijd)"]);
  assert.ok(shown.slice(2).every((words) => !words.includes("tijd")), shown.join("; "));
  assert.notEqual(show.dutchTime("2026-10-25T00:30:00Z"), show.dutchTime("2026-10-25T01:30:00Z"));
});

check("what is printed reads back, in both languages", async () => {
  for (const locale of ["nl-NL", "en-GB"]) {
    const format = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    const whole = new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" });
    for (let cents = 1; cents < 1e14; cents = cents * 3 + 7) {
      for (const amount of [cents, -cents]) {
        assert.equal(parseMoney(format.format(amount / 100)), amount);
        assert.equal(parseMoney(whole.format(amount / 100)), amount);
      }
    }
  }
});

check("what nobody sees is dropped, and what joins letters stays", async () => {
  assert.equal(seen("\u202aJan\u200b \u2066Dijk\u2069\ufeff\u00ad"), "Jan Dijk");
  assert.equal(seen("👩\u200d💻 نامه\u200cای"), "👩\u200d💻 نامه\u200cای");
  assert.equal(plain("\u202a+31\u00a06\u201112345678\u202c "), "+31 6-12345678");
});

check("moments are read as they are typed", async () => {
  for (const typed of ["23-11-2026 10:05", "23/11/2026 10.05", "2026-11-23T10:05", "2026-11-23 10:05", "23 november 2026 om 10.05 uur", "23 nov 2026, 10:05", "23112026 10:05", "23\u201111\u20112026\u00a010:05 u"]) {
    assert.equal(parseMoment(typed), "2026-11-23T10:05", typed);
  }
  assert.equal(parseMoment("1-2-2026 9:05"), "2026-02-01T09:05");
  for (const typed of ["", "23-11-2026", "10:05", "23-11-2026 24:00", "23-11-2026 10:60", "23-11-2026 10", "23-11-2026 1005", "11-2026 10:05", "morgen 10:05"]) {
    assert.equal(parseMoment(typed), undefined, typed);
  }
});
