// Calls to the server and what goes wrong with them. A session that ended in the meantime is mended here, once, so that no screen has to think of it.

import { hear } from "./clock.js";
import { grouped, money } from "./show.js";
import { knows, t } from "./words.js";
/** @import { Answer, FieldError, Options } from "./types.js" */

/** What the session wants to know of every call; set once by `session.js`, which needs this module itself. */
export const watch = {
  /** Somebody was recognised: the idle limit starts again. */
  seen() {},
  /** Nobody is signed in any more. Answers whether the same person has signed in again. @param {string} [why] where it may not be the time @returns {Promise<boolean>} */
  expired: async (why) => (void why, false),
  /** An officer has to enrol a second factor before anything else. */
  mustEnrol() {},
  /** Somebody else is signed in by now. */
  another() {},
  /** Whose screen this is. @returns {string | null} */
  account: () => null,
};

const PATIENCE = 30_000;
const PATIENCE_FOR_FILES = 600_000;

/** @param {string} path @param {Options} [options] */
export const get = (path, options) => call("GET", path, options);
/** @param {string} path @param {unknown} [body] @param {Options} [options] */
export const post = (path, body, options) => call("POST", path, { ...options, body });
/** @param {string} path @param {unknown} body @param {Options} [options] */
export const put = (path, body, options) => call("PUT", path, { ...options, body });
/** @param {string} path @param {Options} [options] */
export const remove = (path, options) => call("DELETE", path, options);

/** Every item of a list, however many pages it takes. @param {string} path @returns {Promise<any[]>} */
export async function everything(path) {
  const all = [];
  for (let cursor = ""; ;) {
    const { data } = await get(`${path}?limit=200${cursor}`);
    all.push(...data.items);
    if (data.next === null) return all;
    cursor = `&cursor=${encodeURIComponent(data.next)}`;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options] `atSignIn`: a refused session is for the caller to handle; `asFile`: the data is a `Blob`;
 * `renews`: it renews the session, so it is not sent again by itself; what is said where somebody signs in again
 * @returns {Promise<Answer>}
 */
async function call(method, path, options = {}) {
  const answer = await send(method, path, options);
  if (answer.ok) {
    if (!options.atSignIn) watch.seen();
    return { data: answer.status === 204 ? null : await read(answer, options), etag: answer.headers.get("etag") };
  }
  const problem = await Problem.of(answer);
  if (problem.code === "not_signed_in" && !options.atSignIn && (await watch.expired(options.renews))) {
    // What renews the cookie may be why the old one was refused, and what was shown with it may not be right any more.
    if (options.renews !== undefined) throw new Problem("renewed");
    return call(method, path, options);
  }
  if (problem.code === "two_factor_required") watch.mustEnrol();
  if (problem.code === "other_account") watch.another();
  throw problem;
}

/** @param {Response} answer @param {Options} options */
async function read(answer, { asFile }) {
  const type = answer.headers.get("content-type") ?? "";
  try {
    if (asFile) return await answer.blob();
    return type.startsWith("application/json") ? await answer.json() : null;
  } catch {
    throw new Problem("offline");
  }
}

/** @param {string} method @param {string} path @param {Options} options */
async function send(method, path, { body, headers, signal, asFile }) {
  const patience = AbortSignal.timeout(asFile ? PATIENCE_FOR_FILES : PATIENCE);
  const account = watch.account();
  try {
    const answer = await fetch(path, {
      method,
      headers: {
        ...(body !== undefined && { "content-type": body instanceof Blob ? "application/octet-stream" : "application/json" }),
        ...(account !== null && { "finrust-account": account }),
        ...headers,
      },
      body: body === undefined || body instanceof Blob ? (body ?? null) : JSON.stringify(body),
      signal: signal ? either(signal, patience) : patience,
      redirect: "error",
    });
    hear(answer.headers.get("date"));
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem("offline");
  }
}

/** Over as soon as one of them is; `AbortSignal.any` is younger than the oldest browsers that have to do. @param {...AbortSignal} signals */
function either(...signals) {
  const both = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) both.abort(signal.reason);
    signal.addEventListener("abort", () => both.abort(signal.reason), { once: true });
  }
  return both.signal;
}

/** A refusal of the server, no answer at all (`offline`), or what the browser lacks (`no_cookies`, `part_missing`). */
export class Problem extends Error {
  /** @param {string} code @param {FieldError[]} [errors] @param {number | null} [retryAfter] seconds @param {boolean | null} [done] where something was written before it failed: whether what was asked is done */
  constructor(code, errors = [], retryAfter = null, done = null) {
    super(code);
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
    this.done = done;
  }

  /** @param {Response} answer */
  static async of(answer) {
    const retryAfter = Number(answer.headers.get("retry-after")) || null;
    try {
      const body = await answer.json();
      return new Problem(
        String(body.code),
        Array.isArray(body.errors) ? body.errors : [],
        retryAfter,
        typeof body.done === "boolean" ? body.done : null,
      );
    } catch {
      return new Problem(answer.status >= 500 ? "unavailable" : "internal", [], retryAfter);
    }
  }
}

/** The sentence for a problem: what is the matter, and what to do. @param {unknown} error */
export function sentence(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.done !== null) return t(error.done ? "app.is_done" : "app.is_undone");
  const key = knows(`problem.${error.code}`) ? `problem.${error.code}` : "problem.internal";
  const wait = error.retryAfter === null ? "" : ` ${waiting(error.retryAfter)}`;
  return t(key) + wait;
}

/** The sentence for one refused field. @param {FieldError} error */
export function fieldSentence({ pointer, code, words, min, max }) {
  if (words === undefined && min !== undefined && max !== undefined) {
    if (!pointer.endsWith("_cents")) return t("app.between", { min: grouped(min), max: grouped(max) });
    return t("app.amount_between", { min: money(min, { whole: true }), max: money(max, { whole: true }) });
  }
  return words ?? t(knows(`field.${code}`) ? `field.${code}` : "field.invalid_format");
}

/** @param {number} seconds */
function waiting(seconds) {
  if (seconds < 90) return t("app.try_in_seconds", { count: seconds });
  return t("app.try_in_minutes", { count: Math.ceil(seconds / 60) });
}

export class LastOnly {
  #turn = new AbortController();

  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} question
   * @returns {Promise<T | undefined>} nothing when a later question, or `stop`, took its place
   */
  async ask(question) {
    this.stop();
    const { signal } = (this.#turn = new AbortController());
    try {
      const answer = await question(signal);
      return signal.aborted ? undefined : answer;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  stop() {
    this.#turn.abort();
  }
}
