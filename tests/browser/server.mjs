// The real binary on a port and in a directory of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Clock } from "./clock.mjs";
import { binary } from "./tools.mjs";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */

const PATIENCE = 60_000;

/** What still runs when a test run is broken off. @type {Set<Server>} */
const running = new Set();
process.on("exit", () => running.forEach((server) => server.kill()));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

export class Server {
  /** Everything that it has written. */
  log = "";
  #directory = mkdtempSync(join(tmpdir(), "finrust-browser-"));
  clock = new Clock(join(this.#directory, "clock"));
  data = join(this.#directory, "data");
  #port;
  #publicUrl;
  /** @type {ChildProcess | undefined} */
  #child;

  /** @param {number} port @param {string | undefined} publicUrl */
  constructor(port, publicUrl) {
    this.#port = port;
    this.#publicUrl = publicUrl;
  }

  /** Starts one, and waits until it answers. @param {{publicUrl?: string}} [options] `publicUrl`: of what stands in front of it */
  static async start({ publicUrl } = {}) {
    const server = new Server(await freePort(), publicUrl);
    running.add(server);
    await server.restart();
    return server;
  }

  get origin() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts it on the same data and port, after `kill` or for the first time. */
  async restart() {
    const child = this.#spawn(["serve", "--port", String(this.#port)]);
    this.#child = child;
    for (const output of [child.stdout, child.stderr]) output?.on("data", (text) => (this.log += text));
    const deadline = Date.now() + PATIENCE;
    while (!(await this.#answers())) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server does not start:\n${this.log}`);
      await pause(5);
    }
  }

  /**
   * Runs a command of the binary on the same data and clock; gives what it says.
   * @param {string[]} words
   * @returns {Promise<string>}
   */
  async command(words) {
    const child = this.#spawn(words);
    let said = "";
    for (const output of [child.stdout, child.stderr]) output?.on("data", (text) => (said += text));
    await once(child, "close");
    forget(child);
    if (child.exitCode !== 0) throw new Error(`finrust ${words[0]}: ${said}`);
    return said;
  }

  /** Moves the clock of the server alone. @param {import("./clock.mjs").Span} span */
  advance(span) {
    this.clock.advance(span);
  }

  /** As a machine that fails would. */
  kill() {
    this.#child?.kill("SIGKILL");
    if (this.#child) forget(this.#child);
  }

  /** Ends it, and its data. */
  async stop() {
    const child = this.#child;
    const closed = child && child.exitCode === null && child.signalCode === null ? once(child, "close") : undefined;
    this.kill();
    await closed;
    running.delete(this);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The lines of the log that tell of an error. */
  errors() {
    return this.log.split("\n").filter((line) => /^\S+ ERROR /u.test(line));
  }

  /** @param {string[]} words */
  #spawn(words) {
    const env = { ...this.clock.environment(), FINRUST_DATA_DIR: this.data, FINRUST_PUBLIC_URL: this.#publicUrl ?? this.origin, FINRUST_HAND_OVER_WAIT: "0s" };
    const child = spawn(binary, words, { env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.setEncoding("utf8");
    child.stderr.setEncoding("utf8");
    return child;
  }

  async #answers() {
    try {
      return (await fetch(`${this.origin}/api/health`)).ok;
    } catch {
      return false;
    }
  }
}

/** A killed program leaves the shared memory of libfaketime behind. @param {ChildProcess} child */
function forget(child) {
  const memory = "/dev/shm";
  const left = readdirSync(memory).filter((name) => name.includes("faketime") && name.endsWith(`_${child.pid}`));
  for (const name of left) rmSync(join(memory, name), { force: true });
}

/** Below those that the system gives to connections, which could take one before the server has it; where several run, each begins elsewhere. */
const PORTS = { from: 11_000, count: 21_000 };
let tried = process.pid * 61;

/** @returns {Promise<number>} */
export async function freePort() {
  for (;;) {
    const port = PORTS.from + (tried++ % PORTS.count);
    if (await isFree(port)) return port;
  }
}

/** @param {number} port @returns {Promise<boolean>} */
async function isFree(port) {
  const listener = createServer();
  try {
    await once(listener.listen(port, "127.0.0.1"), "listening");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EADDRINUSE") return false;
    throw error;
  }
  listener.close();
  await once(listener, "close");
  return true;
}
