// The mails that the server wrote to its folder, as their readers see them (RFC 5322, RFC 2045 to 2047).
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/** @typedef {{to: string, subject: string, text: string, html: string, link: string, oneTimePassword: string}} Mail */

const PATIENCE = 60_000;

export class Mailbox {
  #folder;
  /** @type {Set<string>} */
  #read = new Set();

  /** @param {string} data the server's directory */
  constructor(data) {
    this.#folder = join(data, "mail");
  }

  /**
   * The oldest mail to this address that nobody has read. The server sends on its own, so there is nothing to wait on but time.
   * @param {string} to
   * @returns {Promise<Mail>}
   */
  async next(to) {
    for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await pause(10)) {
      const [mail] = this.unread(to);
      if (mail) {
        this.#read.add(mail.name);
        return mail.mail;
      }
    }
    throw new Error(`no mail to ${to} came`);
  }

  /** What has come by now, oldest first. @param {string} to */
  unread(to) {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder).filter((name) => name.endsWith(".eml")).sort() : [];
    const fresh = names.filter((name) => !this.#read.has(name)).map((name) => ({ name, mail: parse(readFileSync(join(this.#folder, name), "utf8")) }));
    return fresh.filter(({ mail }) => mail.to === to);
  }
}

/** @param {string} source @returns {Mail} */
function parse(source) {
  const { headers, body } = part(source);
  const boundary = /boundary="?([^";]+)"?/u.exec(headers.get("content-type") ?? "")?.[1];
  const parts = boundary ? body.split(`--${boundary}`).slice(1, -1).map((one) => part(one.replace(/^\r\n/u, ""))) : [];
  const content = (/** @type {string} */ type) => parts.filter((one) => one.headers.get("content-type")?.startsWith(type)).map(decoded)[0] ?? "";
  const text = content("text/plain");
  return {
    to: /[^<\s]+@[^>\s]+/u.exec(headers.get("to") ?? "")?.[0] ?? "",
    subject: words(headers.get("subject") ?? ""),
    text,
    html: content("text/html"),
    link: /https?:\/\/\S+\/#\/login\/\S+/u.exec(text)?.[0] ?? "",
    oneTimePassword: /^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3,}$/mu.exec(text)?.[0] ?? "",
  };
}

/** @param {string} source */
function part(source) {
  const end = source.indexOf("\r\n\r\n");
  const lines = source.slice(0, end).replace(/\r\n[ \t]/gu, " ").split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { headers, body: source.slice(end + 4) };
}

/** @param {ReturnType<typeof part>} part */
function decoded({ headers, body }) {
  const encoding = headers.get("content-transfer-encoding")?.toLowerCase();
  const bytes = encoding === "base64" ? Buffer.from(body, "base64") : encoding === "quoted-printable" ? quoted(body.replace(/=\r\n/gu, "")) : Buffer.from(body);
  return bytes.toString("utf8").replace(/\r\n/gu, "\n");
}

/** @param {string} text */
function quoted(text) {
  return Buffer.from(text.replace(/=([0-9A-F]{2})/giu, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1");
}

/** A header with encoded words. @param {string} text */
function words(text) {
  const word = /=\?utf-8\?([bq])\?([^?]*)\?=/giu;
  return text.replace(/\?=\s+=\?/gu, "?==?").replace(word, (_, kind, value) => {
    const bytes = kind.toLowerCase() === "b" ? Buffer.from(value, "base64") : quoted(value.replace(/_/gu, " "));
    return bytes.toString("utf8");
  });
}
