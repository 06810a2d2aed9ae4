// What is wanted once, however often it has to be asked for: an answer that did not come says nothing of what was done.

import { get, post, Problem, put } from "./api.js";
import { say } from "./pieces.js";
import { t } from "./words.js";
/** @import { Answer, Options } from "./types.js" */

/** After these nobody knows whether it was done. */
const UNCERTAIN = ["offline", "unavailable", "internal"];
/** These are judged before it is looked for what was done, and say nothing of it either. */
const BEFORE = [
  "not_signed_in",
  "other_account",
  "two_factor_required",
  "forbidden",
  "cross_origin",
  "https_required",
  "request_timeout",
  "overloaded",
  "renewed",
];

/** Whether it may have been done all the same. @param {unknown} error */
export function isUncertain(error) {
  return error instanceof Problem && UNCERTAIN.includes(error.code) && error.done !== false;
}

/** Whether a code that was shown with it may be used up: that is judged first, and counts whatever becomes of the rest. @param {unknown} error */
export function mayBeUsedUp(error) {
  return error instanceof Problem && UNCERTAIN.includes(error.code);
}

/** Whether it was refused before anybody looked for what was done. @param {unknown} error */
export function saysNothing(error) {
  return error instanceof Problem && BEFORE.includes(error.code);
}

/**
 * Whether a press has done what it was for. Without an answer, what is there now tells: nobody complains of what was done all the same.
 * @param {unknown} wrong what it failed with; null when it did not
 * @param {boolean} isSo whether what was looked up since is as it was to become
 */
export function isDone(wrong, isSo) {
  return wrong === null || (isUncertain(wrong) && isSo);
}

/**
 * One intention, with a key that stays until its answer has come. What was sent without an answer is sent again as it was, for that is what the
 * key stands for.
 * @param {string} path
 * @returns {(body?: unknown, options?: Options) => Promise<Answer & { asTyped: boolean }>} `asTyped`: it was done with this body, and not with an earlier one
 */
export function intention(path) {
  let key = crypto.randomUUID();
  /** @type {{ body: unknown } | null} */
  let unheard = null;

  /** @param {unknown} [body] @param {Options} [options] @returns {Promise<Answer & { asTyped: boolean }>} */
  async function ask(body, options = {}) {
    const first = unheard ?? { body };
    const asTyped = JSON.stringify(first.body) === JSON.stringify(body);
    try {
      const answer = await post(path, first.body, { ...options, headers: { ...options.headers, "idempotency-key": key } });
      renew();
      return { ...answer, asTyped };
    } catch (error) {
      if (isUncertain(error)) unheard = first;
      else if (unheard !== null && error instanceof Problem && !saysNothing(error)) {
        // Had it been done, this would have been answered.
        renew();
        if (!asTyped) return ask(body, options);
      }
      throw error;
    }
  }

  function renew() {
    key = crypto.randomUUID();
    unheard = null;
  }

  return ask;
}

/** Says that it is done; or that it was done before what was typed last. @param {{ asTyped: boolean }} answer @param {string} words */
export function sayDone({ asTyped }, words) {
  say(asTyped ? words : t("app.first_sent"), { stays: !asTyped });
}

/**
 * Writes over the version that was seen. When the one in the way is one's own, whose answer was lost, nobody else has changed anything. While
 * something is `isOpen`, nobody knows what is stored: it is written though nothing seems changed.
 * @param {string} path
 * @param {string | null} etag of what was seen
 * @param {(data: any) => unknown} content of an answer: what is written of it
 * @param {(body: any) => unknown} [kept] of a body: what of it is stored, without passwords and codes
 * @returns {{ write: (body: unknown) => Promise<Answer>, isOpen: () => boolean }}
 */
export function overwriting(path, etag, content, kept = (body) => body) {
  /** @type {string[]} */
  let unheard = [];
  const isOpen = () => unheard.length > 0;
  return { write, isOpen };

  /** @param {unknown} body @returns {Promise<Answer>} */
  async function write(body) {
    try {
      return adopt(await put(path, body, { headers: { "if-match": etag ?? "" } }));
    } catch (error) {
      if (isUncertain(error)) unheard.push(bare(kept(body)));
      if (!isOpen() || !(error instanceof Problem) || error.code !== "version_mismatch") throw error;
      const present = await get(path);
      const stored = bare(content(present.data));
      if (!unheard.includes(stored)) throw error;
      adopt(present);
      return bare(kept(body)) === stored ? present : write(body);
    }
  }

  /** @param {Answer} answer */
  function adopt(answer) {
    etag = answer.etag;
    unheard = [];
    return answer;
  }
}

/** What a value says, without what says nothing: absent, empty, blanks around, the order of members. @param {any} value @returns {string} */
export function bare(value) {
  return JSON.stringify(less(value)) ?? "";
}

/** @param {any} value @returns {any} */
function less(value) {
  if (typeof value === "string") return value.replace(/\r\n/g, "\n").trim() || undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((one) => less(one) ?? null);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  const members = Object.keys(value)
    .sort()
    .map((name) => [name, less(value[name])])
    .filter(([, one]) => one !== undefined);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
