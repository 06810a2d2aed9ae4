// Reads what oasdiff found between two OpenAPI documents, as JSON, from standard input, and fails on every breaking change that the change log
// does not name.
//
// A change is named by an entry of the section "Unreleased" that begins with "Breaking:" and has between backticks either the operation, as in
// `PUT /api/clients/{id}`, or the member or parameter that changed, as in `city`.
//
// usage: node breaking.mjs path/to/CHANGELOG.md <changes.json
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const changes = JSON.parse((await text(process.stdin)) || "[]") ?? [];
const named = namesOf(await readFile(process.argv[2], "utf8"));
const silent = changes.filter((change) => !subjects(change).some((subject) => named.has(subject)));
for (const { id, text, operation = "", path = "" } of silent) console.error(`${operation} ${path}: ${text.split("\n")[0]} [${id}]`);
console.log(`breaking changes since the last release: ${changes.length}, of which ${silent.length} are not in the change log`);
process.exit(silent.length > 0 ? 1 : 0);

/** What a change is about: its operation, and the names in oasdiff's sentence, without the way to them. */
function subjects({ operation, path, text }) {
  const names = between(text).map((name) => name.replace(/\/$/u, "").split("/").at(-1));
  return [`${operation} ${path}`, ...names.filter((name) => !/^\d/u.test(name))];
}

function namesOf(log) {
  const unreleased = /^## Unreleased$(.*?)(?=^## )/msu.exec(`${log}\n## `)?.[1] ?? "";
  const entries = unreleased.split(/^- /mu).filter((entry) => entry.startsWith("Breaking:"));
  return new Set(entries.flatMap(between));
}

function between(text) {
  return [...text.matchAll(/`([^`]+)`/gu)].map(([, name]) => name);
}
