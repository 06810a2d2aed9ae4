// What becomes of rows that two people have changed: every row is held against the one that both began with.
import assert from "node:assert/strict";
import { join } from "node:path";
import { check } from "../story.mjs";
import { root } from "../tools.mjs";

/** @typedef {{ rows: object[], differences: { changed: string, choice: string | null }[] }} Outcome */

/** What elements would be: comparing shows nothing. */
class Nothing {
  dataset = {};
  setAttribute() {}
  append() {}
  addEventListener() {}
  replaceChildren() {}
}

// A real channel and a clock that ticks would keep this process alive.
const { setInterval: ticking } = globalThis;
Object.assign(globalThis, { Node: Nothing, addEventListener() {}, BroadcastChannel: Nothing, setInterval: () => 0 });
const { document: page = {} } = /** @type {any} */ (globalThis);
Object.assign(globalThis, { document: { documentElement: { lang: "nl" }, addEventListener() {}, createElement: () => new Nothing(), ...page } });
const { compare } = await import(join(root, "handlers/front/pages/client_file/versions.js"));
Object.assign(globalThis, { setInterval: ticking });

/** @param {string} list @param {object[][]} versions base, mine, theirs @returns {Outcome} */
function compared(list, versions) {
  const [base, mine, theirs] = versions.map((rows) => ({ person: { last_name: "Dijk" }, [list]: rows }));
  const { differences, merged } = compare(base, mine, theirs);
  return { rows: merged()[list] ?? [], differences: differences.map((/** @type {any} */ { changed, choice }) => ({ changed, choice })) };
}

/** @param {object[]} rows */
const sorted = (rows) => rows.map((row) => JSON.stringify(row)).sort();

const OPEN = { changed: "both", choice: null };
const MINE = { changed: "mine", choice: "mine" };
const THEIRS = { changed: "theirs", choice: "theirs" };

/** @param {string} description @param {number} balance_cents @param {string} interest_percent */
const debt = (description, balance_cents, interest_percent) => ({ description, kind: "mortgage", balance_cents, interest_percent });
/** @param {string} first_name @param {string} birth_date */
const child = (first_name, birth_date) => ({ first_name, birth_date });
/** @param {string} description @param {number} value_cents */
const asset = (description, value_cents) => ({ description, value_cents });

check("a row that one side took away and the other changed is for somebody to choose", async () => {
  const [before, after] = [debt("H", 100, "3"), debt("H", 200, "3")];
  assert.deepEqual(compared("debts", [[before], [], [after]]).differences, [OPEN]);
  assert.deepEqual(compared("debts", [[before], [after], []]).differences, [OPEN]);
  assert.deepEqual(compared("debts", [[before], [], [before]]), { rows: [], differences: [MINE] });
  assert.deepEqual(compared("debts", [[before], [before], []]), { rows: [], differences: [THEIRS] });
  assert.deepEqual(compared("debts", [[before], [], []]), { rows: [], differences: [] });
});

check("a row that both changed is one row, however far both changed it", async () => {
  for (const [list, base, mine, theirs] of /** @type {[string, object, object, object][]} */ ([
    ["children", child("A", "2001-01-01"), child("A", "2001-01-02"), child("Abe", "2001-01-01")],
    ["children", child("A", "2001-01-01"), child("B", "2002-02-02"), child("C", "2003-03-03")],
    ["debts", debt("H", 100, "3"), debt("H ING", 90, "3"), debt("H A", 100, "4")],
    ["debts", debt("H", 100, "3"), debt("H ING", 90, "3"), debt("H A", 80, "4")],
    ["assets", { value_cents: 1 }, { value_cents: 2 }, { value_cents: 3 }],
  ])) {
    const { rows, differences } = compared(list, [[base], [mine], [theirs]]);
    assert.deepEqual(differences, [OPEN], JSON.stringify(mine));
    assert.equal(rows.length, 1, JSON.stringify(rows));
  }
});

check("of rows that are alike each keeps its own change", async () => {
  const [a, five, seven] = [asset("A", 1), asset("A", 5), asset("A", 7)];
  assert.deepEqual(compared("assets", [[a, a], [five, a], [a, seven]]), { rows: [five, seven], differences: [MINE, THEIRS] });
  assert.deepEqual(compared("assets", [[a, a], [a, five], [seven, a]]), { rows: [seven, five], differences: [THEIRS, MINE] });
  const many = Array.from({ length: 9 }, (_, at) => asset("A", at));
  assert.deepEqual(compared("assets", [many, many.slice(1), [...many, five]]).rows, [...many.slice(1), five]);
});

check("what was added stays where it was added, and what both added is told", async () => {
  const [a, b, auto, boot] = [asset("A", 1), asset("B", 2), asset("Auto", 3), asset("Boot", 4)];
  assert.deepEqual(compared("assets", [[a], [a, auto], [a, boot]]), { rows: [a, auto, boot], differences: [MINE, THEIRS] });
  assert.deepEqual(compared("assets", [[a, b], [a, auto, b], [boot, a, b]]).rows, [boot, a, auto, b]);
  assert.deepEqual(compared("assets", [[], [auto], [asset("Auto", 9)]]).differences, [OPEN]);
  assert.deepEqual(compared("assets", [[], [auto], [auto]]), { rows: [auto], differences: [] });
});

check("a row that was moved is no other row", async () => {
  const [a, b, changed] = [asset("A", 1), asset("B", 2), asset("B", 3)];
  const { rows, differences } = compared("assets", [[a, b], [a, changed], [b, a]]);
  assert.deepEqual([rows.length, differences], [2, [MINE]]);
});

check("whatever both sides do, a row that one side left alone follows the other", async () => {
  let seed = 18;
  const below = (/** @type {number} */ most) => (seed = (seed * 48_271) % 2_147_483_647) % most;
  const kinds = [() => asset("A", below(3)), () => asset(["B", "C", "D"][below(3)] ?? "", below(9))];
  const row = () => kinds[below(2)]?.() ?? {};
  for (let round = 0; round < 300; round += 1) {
    const base = Array.from({ length: below(5) }, row);
    const edited = () => base.flatMap((one) => (below(4) === 0 ? [] : below(3) === 0 ? [{ ...one, value_cents: 10 + below(9) }] : [one])).concat(below(3) === 0 ? [row()] : []);
    const mine = edited();
    assert.deepEqual(compared("assets", [base, mine, base]).rows, mine, JSON.stringify({ base, mine }));
    // Where rows that are alike may have been moved, the order is that of the form.
    assert.deepEqual(sorted(compared("assets", [base, base, mine]).rows), sorted(mine), JSON.stringify({ base, theirs: mine }));
    assert.deepEqual(compared("assets", [base, mine, mine]), { rows: mine, differences: [] });
  }
});
