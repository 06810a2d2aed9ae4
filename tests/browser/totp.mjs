// Codes as an authenticator app shows them: RFC 6238 with SHA-1, six digits, steps of 30 s.
import { createHmac } from "node:crypto";

const STEP = 30_000;
/** What typing a code may take at most. */
const SPENT_AT_MOST = STEP - 5_000;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Authenticator {
  #key;
  #clock;
  /** The server takes each step once only. */
  #used = 0;

  /**
   * @param {string} secret base 32
   * @param {{now(): Date, advance(span: import("./clock.mjs").Span): Promise<void>}} clock
   */
  constructor(secret, clock) {
    this.#key = decode(secret);
    this.#clock = clock;
  }

  /** The code of the step before, for enrolling: it leaves the code of now for signing in. */
  async before() {
    await this.#freshStep();
    return this.#code(this.#step() - 1);
  }

  /** The next code that the server takes; where that is not out yet, the clocks move on to it. */
  async next() {
    if (this.#step() <= this.#used) await this.#clock.advance({ seconds: ((this.#used + 1) * STEP - this.#clock.now().getTime()) / 1000 + 1 });
    return this.#code(this.#step());
  }

  /** A step that lasts long enough to use a code of it. */
  async #freshStep() {
    const rest = STEP - (this.#clock.now().getTime() % STEP);
    if (rest < SPENT_AT_MOST) await this.#clock.advance({ seconds: rest / 1000 + 1 });
  }

  #step() {
    return Math.floor(this.#clock.now().getTime() / STEP);
  }

  /** @param {number} step */
  #code(step) {
    this.#used = Math.max(this.#used, step);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", this.#key).update(counter).digest();
    const offset = mac.readUInt8(mac.length - 1) & 15;
    return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
  }
}

/** Types a code once it is asked for: getting it may move the clocks, and a page gives up what it waits for then. @param {import("playwright-core").Locator} box @param {() => Promise<string>} code */
export async function typeCode(box, code) {
  await box.waitFor();
  await box.fill(await code());
}

/** Base 32 (RFC 4648). @param {string} text */
function decode(text) {
  const bits = [...text.replace(/[\s=]/gu, "")].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => parseInt(byte, 2)));
}
