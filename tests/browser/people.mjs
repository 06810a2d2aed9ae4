// Advisers and officers with a chosen password, made without the screens.
import { Api } from "./api.mjs";
import { Authenticator } from "./totp.mjs";

/** @typedef {import("./server.mjs").Server} Server */
/** @typedef {{now(): Date, advance(span: import("./clock.mjs").Span): Promise<void>}} Moving */
/** @typedef {{username?: string, name?: string, email?: string, language?: "nl" | "en"}} Wishes */

const PASSWORD = "zeven paarse olifanten dansen";
const NAMES = ["Anna Dijk", "Bram de Wit", "Fatima El Amrani", "Joris van der Velde", "Sanne Bos", "Mehmet Yılmaz", "Eva Kuipers"];
const PLACES = ["Utrecht", "Zwolle", "Delft", "Breda", "Groningen", "Middelburg", "'s-Hertogenbosch"];
const AT_ONCE = 10;

/** Somebody with an account, signed in through `api`. */
export class Person {
  password = PASSWORD;
  /** @type {string[]} */
  recoveryCodes = [];
  /** @type {Authenticator | undefined} */
  authenticator;
  #origin;
  #moving;

  /**
   * @param {string} origin
   * @param {Moving} moving
   * @param {Required<Wishes> & {role: "adviser" | "officer"}} who
   */
  constructor(origin, moving, who) {
    this.#origin = origin;
    this.#moving = moving;
    this.username = who.username;
    this.name = who.name;
    this.email = who.email;
    this.role = who.role;
    this.api = new Api(origin);
  }

  /** The next code of the authenticator app; the clocks move on where the one of now has been used. */
  totp() {
    if (!this.authenticator) throw new Error(`${this.username} has no authenticator app`);
    return this.authenticator.next();
  }

  /** Switches two-factor authentication on. */
  async enrol() {
    const { json } = await this.api.post("/api/two-factor", { password: this.password });
    this.authenticator = new Authenticator(json.secret, this.#moving);
    const confirmed = await this.api.post("/api/two-factor/confirm", { code: await this.authenticator.before() });
    this.recoveryCodes = confirmed.json.recovery_codes;
  }

  /** Another session of this person. @returns {Promise<Api>} */
  async signIn() {
    const api = new Api(this.#origin);
    const { json } = await api.post("/api/login", { username: this.username, password: this.password });
    if (json.next === "two_factor") await api.post("/api/login/two-factor", { code: await this.totp() });
    return api;
  }
}

export class People {
  #server;
  #moving;
  #count = 0;

  /** @param {Server} server @param {Moving} moving the clocks */
  constructor(server, moving) {
    this.#server = server;
    this.#moving = moving;
  }

  /** An adviser who chose a password. @param {Wishes & {twoFactor?: boolean}} [wishes] */
  async newAdviser({ twoFactor = false, ...wishes } = {}) {
    const person = await this.#arrive("adviser", wishes);
    if (twoFactor) await person.enrol();
    return person;
  }

  /** An officer, with two-factor authentication, which officers must have. @param {Wishes} [wishes] */
  async newOfficer(wishes = {}) {
    const person = await this.#arrive("officer", wishes);
    await person.enrol();
    return person;
  }

  /**
   * Invites somebody at the command line; gives the one-time password too.
   * @param {"adviser" | "officer"} role
   * @param {Wishes} [wishes]
   */
  async invite(role, wishes = {}) {
    const who = this.#whom(role, wishes);
    const names = ["--role", role, "--username", who.username, "--email", who.email, "--name", who.name, "--language", who.language];
    const said = await this.#server.command(["invite", ...names, "--print"]);
    const oneTimePassword = /^One-time password, valid 7 days: (\S+)$/mu.exec(said)?.[1];
    if (!oneTimePassword) throw new Error(`no one-time password: ${said}`);
    return { person: new Person(this.#server.origin, this.#moving, who), oneTimePassword };
  }

  /**
   * Makes many small client files, all different, the last name ending in a number from 1 on.
   * @param {Person} adviser
   * @param {number} count
   */
  async seed(adviser, count) {
    for (let start = 0; start < count; start += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - start) }, (_, index) => start + index);
      await Promise.all(numbers.map((number) => adviser.api.post("/api/clients", sample(number))));
    }
  }

  /** @param {"adviser" | "officer"} role @param {Wishes} wishes */
  async #arrive(role, wishes) {
    const { person, oneTimePassword } = await this.invite(role, wishes);
    await person.api.post("/api/login", { username: person.username, password: oneTimePassword });
    await person.api.post("/api/login/new-password", { new_password: person.password });
    return person;
  }

  /** @param {"adviser" | "officer"} role @param {Wishes} wishes */
  #whom(role, wishes) {
    const number = ++this.#count;
    const username = wishes.username ?? `${role}.${number}`;
    const name = wishes.name ?? pick(NAMES, number - 1);
    return { username, name, email: wishes.email ?? `${username}@example.nl`, language: wishes.language ?? "nl", role };
  }
}

/** A small file that differs from those of other numbers. @param {number} number */
function sample(number) {
  const [first = "", ...rest] = pick(NAMES, number).split(" ");
  const birth = new Date(Date.UTC(1950 + (number % 50), number % 12, 1 + (number % 28)));
  return {
    person: { first_name: first, last_name: `${rest.join(" ")} ${number + 1}`, birth_date: birth.toISOString().slice(0, 10) },
    address: { city: pick(PLACES, number), country: "NL" },
    assets: [{ description: "Spaarrekening", kind: "savings", value_cents: 100_000 + number * 1_234 }],
  };
}

/** @param {string[]} from @param {number} number */
function pick(from, number) {
  return from[number % from.length] ?? "";
}
