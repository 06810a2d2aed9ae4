// The session of an adviser and of an officer for clients in languages in which it is not written out: it drives a program that does one call
// after the other, and prints what that program made of the answers (use.mjs).
//
// usage: node story.mjs command...
//
// The program gets one call a line on its standard input, {"person", "operation", "id"?, "etag"?, "body"?}, and answers each with a line,
// {"operation", "answer", "etag"} or {"operation", "error"}. "person" is whose browser it is, with cookies of its own.
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const { FINRUST_AUTHENTICATOR, FINRUST_CLIENT, FINRUST_DEMO } = process.env;
const [command, ...rest] = process.argv.slice(2);
const program = spawn(command, rest, { stdio: ["pipe", "pipe", "inherit"] });
const ended = new Promise((resolve, reject) => {
  program.on("error", reject);
  program.on("close", (code, signal) => resolve(code ?? signal));
});
const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();

class Person {
  constructor(role) {
    this.role = role;
  }

  /** What the client made of the answer. One that it cannot read is told to the judge; the session goes on as long as it can. */
  async call(operation, { id, etag, body } = {}) {
    program.stdin.write(`${JSON.stringify({ person: this.role, operation, id, etag, body })}\n`);
    const { value: line, done } = await lines.next();
    if (done) throw new Error(`the program ended with ${await ended} at ${operation}`);
    console.log(line);
    const { answer, etag: tag } = JSON.parse(line);
    return { answer: answer ?? {}, etag: tag };
  }

  async signIn() {
    const known = JSON.parse(await readFile(`${FINRUST_DEMO}/${this.role}.json`, "utf8"));
    await this.call("post_login", { body: known });
    const { answer } = await this.call("post_two_factor", { body: { password: known.password } });
    await this.call("post_two_factor_confirm", { body: { code: await code(answer.secret) } });
    await this.call("post_logout");
    holds("next", (await this.call("post_login", { body: known })).answer.next, "two_factor");
    holds("next", (await this.call("post_login_two_factor", { body: { code: await code(answer.secret) } })).answer.next, "done");
    holds("two_factor", (await this.call("get_session")).answer.two_factor, true);
  }
}

async function code(secret) {
  return (await fetch(`${FINRUST_AUTHENTICATOR}/${secret}`)).text();
}

function holds(what, is, expected) {
  if (is !== expected) throw new Error(`${what} is ${is}, not ${expected}`);
}

/** A moment so many hours ago, to the second. */
function moment(hours = 0) {
  return new Date(Date.now() - hours * 3_600_000).toISOString().replace(/\.\d+Z$/u, "Z");
}

async function readAll(adviser) {
  let count = 0;
  for (let cursor; cursor !== null;) {
    const { answer } = await adviser.call("post_clients_search", { body: { limit: 10, cursor } });
    for (const { id } of answer.items) await adviser.call("get_clients_id", { id });
    count += answer.items.length;
    cursor = answer.next ?? null;
  }
  holds("files", count, 25);
}

async function makeAndChange(adviser) {
  const body = JSON.parse(await readFile(FINRUST_CLIENT, "utf8"));
  const { id } = (await adviser.call("post_clients", { body })).answer;
  const { answer: read, etag } = await adviser.call("get_clients_id", { id });
  holds("value", read.assets[0].value_cents, 4_500_000_000);
  const changed = { ...body, notes: "Moved to Rotterdam", address: { ...body.address, city: "Rotterdam" } };
  const { answer } = await adviser.call("put_clients_id", { id, etag, body: changed });
  holds("net worth", answer.overview.net_worth_cents, 1_700_000_000);
  const found = await adviser.call("post_clients_search", { body: { text: "rotterdam", sort: "updated_at" } });
  holds("found", found.answer.items[0].id, id);
  return id;
}

async function rights(adviser, id) {
  await adviser.call("post_clients_id_rights", { id, body: { step: "restrict", reason: "Accuracy is disputed" } });
  await adviser.call("post_clients_id_rights", { id, body: { step: "release", reason: "Checked" } });
  await adviser.call("get_clients_id_rights", { id });
  await adviser.call("post_clients_id_report", { id });
  await adviser.call("get_clients_id_trail", { id });
}

async function request(adviser, client) {
  const body = { received_on: moment().slice(0, 10), kind: "access", name: "Anna Dijk", client };
  const made = await adviser.call("post_requests", { body });
  const { id } = made.answer;
  const identified = await adviser.call("post_requests_id_steps", { id, etag: made.etag, body: { step: "identify", how: "Passport" } });
  await adviser.call("post_requests_id_steps", { id, etag: identified.etag, body: { step: "answer", decision: "granted" } });
  holds("state", (await adviser.call("get_requests_id", { id })).answer.state, "answered");
  await adviser.call("get_requests");
}

async function breach(officer, id) {
  await officer.call("get_accounts");
  await officer.call("get_breaches");
  await officer.call("get_breaches_id", { id });
  const { etag } = await officer.call("post_breaches_id_steps", { id, body: { step: "became_aware", at: moment() } });
  const facts = { organisation: { name: "FinRust B.V." }, timeline: { started_at: moment(1) } };
  await officer.call("put_breaches_id", { id, etag, body: facts });
  let search = await officer.call("post_breaches_id_affected", { id, body: { from: moment(1), until: moment() } });
  while (!search.answer.finished) search = await officer.call("post_breaches_id_affected", { id, body: { cursor: search.answer.cursor } });
  await officer.call("post_breaches_id_evidence", { id, body: { cursor: search.answer.cursor } });
  const assessed = { step: "assessed", risk: "risk", reasons: "Names and balances were read." };
  await officer.call("post_breaches_id_steps", { id, body: assessed });
  const drafts = await officer.call("get_breaches_id_letters", { id });
  for (const { account } of drafts.answer.items) await officer.call("post_breaches_id_letters", { id, body: { account } });
  await officer.call("get_breaches_id", { id });
}

const adviser = new Person("adviser");
const officer = new Person("officer");
await adviser.signIn();
await adviser.call("get_account");
await readAll(adviser);
const client = await makeAndChange(adviser);
await rights(adviser, client);
await request(adviser, client);
const suspicion = { what: "An e-mail went to the wrong person.", noticed_at: moment() };
const reported = await adviser.call("post_breaches", { body: suspicion });
await officer.signIn();
await breach(officer, reported.answer.id);
await adviser.call("get_breach_letters");
await adviser.call("post_logout");
program.stdin.end();
process.exitCode = (await ended) === 0 ? 0 : 1;
