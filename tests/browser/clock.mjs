// The clock of the server: the machine's, moved ahead by libfaketime, so that the product needs no way in for tests.
import { renameSync, writeFileSync } from "node:fs";
import { faketime } from "./tools.mjs";

/** @typedef {{days?: number, hours?: number, minutes?: number, seconds?: number}} Span */

/**
 * @param {Span} span
 * @returns {number}
 */
export function milliseconds({ days = 0, hours = 0, minutes = 0, seconds = 0 }) {
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

const HOUR = 3_600_000;
const DUTCH = new Intl.DateTimeFormat("en-US", { hour: "numeric", timeZone: "Europe/Amsterdam", timeZoneName: "longOffset" });

/**
 * How far ahead a clock begins, in whole seconds: where Dutch clocks are about to change or have just changed, well after that. A story types what was a few
 * hours ago, and of the hour that clocks show twice it would be asked which one it means.
 * @param {number} now
 */
export function headStart(now) {
  const offset = (/** @type {number} */ at) => DUTCH.formatToParts(at).find(({ type }) => type === "timeZoneName")?.value;
  return offset(now - 5 * HOUR) === offset(now + 3 * HOUR) ? 0 : (8 * HOUR) / 1000;
}

export class Clock {
  #file;
  /** In whole seconds, as the file has them. */
  #ahead = headStart(Date.now());

  /** @param {string} file which the server reads the time from */
  constructor(file) {
    this.#file = file;
    this.#write();
  }

  /** What the server takes for now. */
  now() {
    return new Date(Date.now() + this.#ahead * 1000);
  }

  /** @param {Span} span */
  advance(span) {
    this.#ahead += Math.round(milliseconds(span) / 1000);
    this.#write();
  }

  /** The environment of a program that lives by this clock. Timers inside it keep to the time that really passes. */
  environment() {
    return {
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    };
  }

  /** Replaced in one step: it is read all the time. */
  #write() {
    writeFileSync(`${this.#file}.new`, `+${this.#ahead}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
