// TLS in front of the server, for an engine that keeps no `Secure` cookie on plain http. The key is made at the start and dies with the proxy.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { inTree } from "./tools.mjs";

/** @type {Record<string, string>} */
const TYPES = { ".js": "text/javascript", ".json": "application/json", ".css": "text/css", ".svg": "image/svg+xml" };

export class TlsProxy {
  #server;

  /** @param {import("node:https").Server} server */
  constructor(server) {
    this.#server = server;
  }

  /** Begins to listen on loopback; `target` is set once the server behind it is there. */
  static async start() {
    const { key, cert } = made();
    const server = createServer({ key, cert });
    const proxy = new TlsProxy(server);
    server.on("request", (asked, answer) => proxy.#pass(asked, answer));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  /** Of the server behind it. @type {string} */
  target = "";

  get origin() {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("a listener on TCP has a port");
    return `https://127.0.0.1:${address.port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @param {import("node:http").IncomingMessage} asked @param {import("node:http").ServerResponse} answer */
  #pass(asked, answer) {
    const path = inTree(asked.url ?? "");
    if (path !== undefined) {
      answer.writeHead(200, { "content-type": TYPES[extname(path)] }).end(readFileSync(path));
      return;
    }
    const headers = { ...asked.headers, "x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1" };
    const passed = request(new URL(asked.url ?? "/", this.target), { method: asked.method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    asked.pipe(passed);
  }
}

/** A key and a certificate for loopback that nobody trusts. */
function made() {
  const folder = mkdtempSync(join(tmpdir(), "finrust-tls-"));
  const [key, cert] = [join(folder, "key"), join(folder, "cert")];
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert];
  try {
    execFileSync("openssl", words, { stdio: "ignore" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
