// Uses a generated client against a fresh demonstration, and judges what it made of the answers.
//
// usage: node use.mjs path/to/finrust path/to/openapi.json name command...
//
// The command is a session of an adviser and of an officer, written for one client. It finds in its environment:
//   FINRUST_ADDRESS        where the service is. A proxy stands there that remembers every exchange
//   FINRUST_DEMO           the folder with adviser.json and officer.json
//   FINRUST_CLIENT         a client file with something in every part
//   FINRUST_AUTHENTICATOR  stands in for the authenticator app: GET <it>/<secret> is a code that was not used yet
// For every call it prints one line of JSON, in the order of the calls: {"operation": its id, "answer": what the client made of the body,
// written out again by the client}, or "error" in place of "answer" where the client could not read the body. The judge compares that
// with what went over the wire: a member that was lost, added or changed on the way fails the run.
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { differences } from "./differences.mjs";

/** What a session has to have done at least, so that none passes by doing less. */
const AT_LEAST = {
  post_login: 4,
  post_login_two_factor: 2,
  post_two_factor: 2,
  post_two_factor_confirm: 2,
  post_logout: 3,
  get_session: 2,
  get_account: 1,
  post_clients: 1,
  get_clients_id: 26,
  put_clients_id: 1,
  post_clients_search: 4,
  get_clients_id_trail: 1,
  post_clients_id_rights: 2,
  get_clients_id_rights: 1,
  post_clients_id_report: 1,
  post_requests: 1,
  post_requests_id_steps: 2,
  get_requests_id: 1,
  post_breaches: 1,
  get_accounts: 1,
  get_breaches_id: 2,
  put_breaches_id: 1,
  post_breaches_id_steps: 2,
  post_breaches_id_affected: 1,
  post_breaches_id_evidence: 1,
  get_breaches_id_letters: 1,
  post_breaches_id_letters: 1,
  get_breach_letters: 1,
};
const STEP_MS = 30_000;
/** How long a demonstration may take to answer, and a session to end. */
const START_MS = 30_000;
const SESSION_MS = 120_000;

const [program, documentFile, name, ...command] = process.argv.slice(2);
if (command.length === 0) {
  console.error("usage: node use.mjs path/to/finrust path/to/openapi.json name command...");
  process.exit(2);
}
const operations = operationsOf(JSON.parse(await readFile(documentFile, "utf8")));
const work = await mkdtemp(join(tmpdir(), "finrust-clients-"));
const closing = [];
let failed = true;
try {
  failed = !(await judged());
} finally {
  for (const close of closing.reverse()) await close();
  await rm(work, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

async function judged() {
  const port = await demonstration();
  const exchanges = [];
  const env = {
    FINRUST_ADDRESS: `http://localhost:${await listen(proxy(port, exchanges))}`,
    FINRUST_AUTHENTICATOR: `http://localhost:${await listen(authenticator())}`,
    FINRUST_DEMO: join(work, "data/demo"),
    FINRUST_CLIENT: join(import.meta.dirname, "client.json"),
  };
  const { code, lines } = await session(env);
  const complaints = compared(exchanges, lines);
  if (code !== 0) complaints.push(`the session ended with ${code}`);
  else complaints.push(...missing(exchanges));
  const wrong = new Set(complaints.map((complaint) => complaint.split(":")[0]));
  for (const complaint of complaints.slice(0, 40)) console.error(`${name}: ${complaint}`);
  if (complaints.length > 40) console.error(`${name}: and ${complaints.length - 40} more`);
  const right = exchanges.filter((_, index) => !wrong.has(`call ${index + 1}`)).length;
  console.log(
    `${name}: ${exchanges.length} calls of ${new Set(exchanges.map(({ operation }) => operation)).size} operations, ${Math.min(right, lines.length)} right`,
  );
  return complaints.length === 0;
}

/** Starts a demonstration of its own and says at which port it answers. */
async function demonstration() {
  // Below the ports that the system gives to outgoing connections.
  const port = 30_000 + Math.floor(Math.random() * 2_768);
  // The embedded default, whatever the environment holds.
  const server = spawn(program, ["demo", "--port", String(port)], {
    cwd: work,
    env: { PATH: process.env.PATH },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let ended = false;
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (piece) => (said += piece));
  const end = new Promise((resolve) => server.on("close", resolve)).then(() => (ended = true));
  closing.push(async () => {
    server.kill();
    await end;
    if (said.includes("panicked at")) throw new Error(`finrust panicked:\n${said}`);
  });
  const until = Date.now() + START_MS;
  while (!ended && Date.now() < until) {
    const answer = await fetch(`http://localhost:${port}/api/health`).catch(() => null);
    if (answer?.ok) return port;
    await wait(100);
  }
  throw new Error(`finrust demo does not answer:\n${said}`);
}

/** Passes requests on as they are, and remembers what was answered. */
function proxy(port, exchanges) {
  return createServer((asked, answered) => {
    const exchange = { operation: operationOf(asked.method, asked.url), status: 0, body: "" };
    exchanges.push(exchange);
    const onward = request({ host: "localhost", port, method: asked.method, path: asked.url, headers: asked.headers }, (answer) => {
      exchange.status = answer.statusCode;
      answered.writeHead(answer.statusCode, answer.rawHeaders);
      answer.on("data", (piece) => (exchange.body += piece));
      answer.setEncoding("utf8");
      answer.on("data", (piece) => answered.write(piece));
      answer.on("end", () => answered.end());
    });
    onward.on("error", () => answered.destroy());
    asked.pipe(onward);
  });
}

/** Codes as an authenticator app shows them (RFC 6238). The server takes each step once, and one that is ahead of its clock by one. */
function authenticator() {
  const used = new Map();
  return createServer((asked, answered) => {
    const secret = asked.url.slice(1);
    const step = Math.max(Math.floor(Date.now() / STEP_MS), (used.get(secret) ?? 0) + 1);
    used.set(secret, step);
    answered.end(code(base32(secret), step));
  });
}

function code(key, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = digest.readUInt32BE(digest.at(-1) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, "0");
}

function base32(text) {
  let bits = "";
  for (const letter of text) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  return Buffer.from(bits.match(/.{8}/gu).map((byte) => Number.parseInt(byte, 2)));
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return server.address().port;
}

/** Runs the session and gives what it printed. */
async function session(env) {
  const child = spawn(command[0], command.slice(1), {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    timeout: SESSION_MS,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => (text += piece));
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? signal));
  });
  return {
    code,
    lines: text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

/** What the session's lines say otherwise than the wire. */
function compared(exchanges, lines) {
  const complaints = [];
  exchanges.forEach(({ operation, status, body }, index) => {
    const at = `call ${index + 1}: ${operation}`;
    const line = lines[index];
    if (status >= 400) complaints.push(`${at}: answered ${status}: ${body.slice(0, 400)}`);
    else if (line === undefined) complaints.push(`${at}: its answer was not read`);
    else if (line.operation !== operation) complaints.push(`${at}: the session took it for ${line.operation}`);
    else if ("error" in line) complaints.push(`${at}: ${String(line.error).slice(0, 400)}`);
    else
      for (const difference of differences(body === "" ? null : JSON.parse(body), line.answer ?? null))
        complaints.push(`${at}: ${difference}`);
  });
  if (lines.length > exchanges.length) complaints.push(`the session tells of ${lines.length} calls, and made ${exchanges.length}`);
  return complaints;
}

/** What belongs to a session and was not done. */
function missing(exchanges) {
  const complaints = [];
  for (const [operation, least] of Object.entries(AT_LEAST)) {
    const count = exchanges.filter((exchange) => exchange.operation === operation).length;
    if (count < least) complaints.push(`${operation}: ${count} calls where at least ${least} belong to a session`);
  }
  return complaints;
}

/** Every operation as its method, a pattern of its path, and its id; paths without parameters first. */
function operationsOf(document) {
  const found = [];
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, { operationId }] of Object.entries(item))
      if (operationId)
        found.push({
          method: method.toUpperCase(),
          pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/gu, "[^/]+")}$`, "u"),
          operationId,
          open: path.includes("{"),
        });
  return found.sort((one, other) => Number(one.open) - Number(other.open));
}

function operationOf(method, url) {
  const path = url.split("?")[0];
  return operations.find((operation) => operation.method === method && operation.pattern.test(path))?.operationId ?? `${method} ${path}`;
}
