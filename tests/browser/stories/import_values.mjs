// Texts that are nearly right, the same in every run: what a box of the client file takes, the import takes, with the same value, and nothing else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { story } from "../story.mjs";
import { root } from "../tools.mjs";

/** @typedef {import("../people.mjs").Person} Person */
/** @typedef {{ column: string, pieces: string[], read: (typed: string) => any, file: (value: any) => object, value: (file: any) => any }} Kind */

/** Texts of each kind. */
const SAMPLES = 400;
/** Made of at most so many pieces. */
const PIECES = 5;

const { parseDate, parseMoney, parsePercent, readBsn, readEmail, readPhone, readPostcode } = await import(join(root, "handlers/front/core/values.js"));

/** @param {object} person */
const about = (person) => ({ person: { last_name: "Dijk", ...person } });

/** @type {Kind[]} */
const kinds = [
  {
    column: "Bezitting 1 waarde",
    pieces: ["1", "12", "123", "234", "0", "00", "5", ",", ".", ",50", ".5", "-", "\u2013", " ", "\u00a0", "\u20ac", "EUR", ",-", "\u200b", "\t", "\n"],
    read: parseMoney,
    file: (cents) => ({ ...about({}), assets: [{ value_cents: cents }] }),
    value: (file) => file.assets[0].value_cents,
  },
  {
    column: "Geboortedatum",
    pieces: ["1", "31", "02", "12", "1980", "2001", "-", "/", ".", " ", "mrt", "maart", "Mei", "\u2011", "\u00a0", "\u00ad", "\t", "\n"],
    read: parseDate,
    file: (day) => about({ birth_date: day }),
    value: (file) => file.person.birth_date,
  },
  {
    column: "Telefoonnummer",
    pieces: ["06", "+31", "12345678", "112", "-", " ", "\u2011", "tel:", "(0)", "\u202a", "/", "\t", "\n"],
    read: readPhone,
    file: (phone) => about({ phone }),
    value: (file) => file.person.phone,
  },
  {
    column: "Postcode",
    pieces: ["1234", "AB", "ab", " ", "-", "\u00a0", "B", "1000", "\t", "\n"],
    read: readPostcode,
    file: (postcode) => ({ ...about({}), address: { postcode } }),
    value: (file) => file.address.postcode,
  },
  {
    column: "BSN",
    pieces: ["111222333", "111", "222", "333", ".", " ", "\u202f", "-", "\t", "\n"],
    read: readBsn,
    file: (bsn) => about({ bsn }),
    value: (file) => file.person.bsn,
  },
  {
    column: "Schuld 1 rente",
    pieces: ["3", "85", ",", ".", "%", " ", "\u00a0", "-", "\u2212", "\u200b", "\t", "\n"],
    read: parsePercent,
    file: (percent) => ({ ...about({}), debts: [{ interest_percent: percent }] }),
    value: (file) => file.debts[0].interest_percent,
  },
  {
    column: "E-mailadres",
    pieces: ["anna", "@", "example.nl", "mailto:", "?subject=x", " ", "\u2011", "\u200b", "\t", "\n"],
    read: readEmail,
    file: (email) => about({ email }),
    value: (file) => file.person.email,
  },
];

let seed = 17;

/** @param {number} most */
function below(most) {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % most;
}

/** @param {Kind} kind @returns {string[]} */
function samples({ pieces }) {
  const made = Array.from({ length: SAMPLES }, () => Array.from({ length: 1 + below(PIECES) }, () => pieces[below(pieces.length)]).join(""));
  // An empty cell is neither taken nor refused.
  return made.filter((text) => text.replace(/[\s\u200b\u00ad\u202a]/gu, "") !== "");
}

/** Imports a table and answers the files that came of it, by last name. @param {Person} adviser @param {string} table */
async function imported({ api, password }, table) {
  const bytes = Buffer.from(table);
  const { json: begun } = await api.post("/api/imports", { name: "willekeurig.csv", bytes: bytes.length });
  for (let part = 0; part < begun.parts; part += 1) {
    const data = bytes.subarray(part * begun.part_bytes, (part + 1) * begun.part_bytes).toString("base64");
    await api.put(`/api/imports/${begun.id}/parts/${part}`, { data });
  }
  for (let finished = false; !finished; ) finished = (await api.post(`/api/imports/${begun.id}/continue`, { duplicates: "make" })).json.finished;
  const { json } = await api.post("/api/exports", { format: "json", password });
  return new Map(json.clients.map((/** @type {any} */ file) => [file.person.last_name, file]));
}

story("whatever is typed, a box and the import take the same and read the same", async (world) => {
  const adviser = await world.people.newAdviser();
  const rows = kinds.flatMap((kind, at) => samples(kind).map((typed, index) => ({ kind, at, typed, name: `Klant ${at} ${index}` })));
  const line = (/** @type {(typeof rows)[0]} */ { at, typed, name }) => [name, ...kinds.map((_, other) => (other === at ? typed : ""))].map((cell) => `"${cell}"`).join(";");
  const files = await imported(adviser, [["Achternaam", ...kinds.map(({ column }) => column)].join(";"), ...rows.map(line)].join("\r\n"));
  let taken = 0;
  for (const { kind, typed, name } of rows) {
    const read = kind.read(typed);
    const words = `${kind.column} ${JSON.stringify(typed)}`;
    const file = files.get(name);
    if (file !== undefined) {
      taken += 1;
      // A spreadsheet loses the zero that some numbers begin with.
      assert.equal(kind.value(file), kind.column === "BSN" ? read.padStart(9, "0") : read, words);
    } else if (read !== undefined) {
      const { status } = await adviser.api.ask("POST", "/api/clients", kind.file(read));
      assert.equal(status, 422, `${words} is refused by the import only`);
    }
  }
  assert.ok(taken > SAMPLES / 2, `${taken} texts were taken`);
});
