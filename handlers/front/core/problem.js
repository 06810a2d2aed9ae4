// What went wrong, as the server says it (RFC 9457), and in the words of whoever has to do something about it.

import { knows, t } from "./text.js";

/** @typedef {{ pointer: string, code: string, words?: string }} FieldError `words`: those of a screen that knows the field better */

/** A refusal of the server, or no answer at all (`offline`). */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {FieldError[]} [errors]
   * @param {number | null} [retryAfter] seconds
   */
  constructor(code, errors = [], retryAfter = null) {
    super(code);
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }

  /**
   * @param {Response} answer
   */
  static async of(answer) {
    const retryAfter = Number(answer.headers.get("retry-after")) || null;
    try {
      const body = await answer.json();
      return new Problem(String(body.code), Array.isArray(body.errors) ? body.errors : [], retryAfter);
    } catch {
      return new Problem(answer.status >= 500 ? "unavailable" : "internal", [], retryAfter);
    }
  }
}

/**
 * The sentence for a problem: what is the matter, and what to do.
 * @param {unknown} error
 */
export function sentence(error) {
  if (!(error instanceof Problem)) throw error;
  const key = knows(`problem.${error.code}`) ? `problem.${error.code}` : "problem.internal";
  const wait = error.retryAfter === null ? "" : ` ${waiting(error.retryAfter)}`;
  return t(key) + wait;
}

/**
 * The sentence for one refused field.
 * @param {FieldError} error
 */
export function fieldSentence({ code, words }) {
  return words ?? t(knows(`field.${code}`) ? `field.${code}` : "field.invalid_format");
}

/** @param {number} seconds */
function waiting(seconds) {
  if (seconds < 90) return seconds === 1 ? t("app.try_in_one_second") : t("app.try_in_seconds", { seconds });
  return t("app.try_in_minutes", { minutes: Math.ceil(seconds / 60) });
}
