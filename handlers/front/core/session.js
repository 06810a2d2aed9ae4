// Who is signed in, for how long, and what happens when that ends. Nothing of it is kept anywhere but in this page's memory.

import { get, post, Problem, watch } from "./api.js";
import { ahead, hasDrifted, now } from "./clock.js";
import { setLanguage } from "./words.js";
/** @import { Account } from "./types.js" */

/** The server notes a use once a minute, so the last one may count from up to a minute earlier. */
const NOTED = 60_000;
/** The server has ended by then what has come to its end. */
const AFTER = 2_000;
const WARNING = 2 * 60_000;
const GLANCE = 5_000;

/** @type {Account | null} */
let account = null;
/** From a use to the end that it leads to, as the server has told. */
let idle = 0;
/** By the server's clock. */
let idleEnd = 0;
let absoluteEnd = 0;
let isClockTold = false;
let warned = false;
/** @type {Promise<boolean> | null} */
let again = null;

/** What the page does when something happens to the session; set once by `shell.js`. */
export const listener = {
  expiring() {},
  stays() {},
  /** @param {string} [why] @returns {Promise<boolean>} whether the same person signed in again */
  expired: async (why) => (void why, false),
  /** The computer's clock is wrong. @param {number} ahead milliseconds */
  clockIsOff(ahead) {
    void ahead;
  },
  /** @param {"here" | "elsewhere" | "offline"} how */
  ended(how) {
    void how;
  },
  mustEnrol() {},
  /** Nothing on this page may be seen by the person who is there now. */
  another() {},
  /** Takes everything out of sight; answers what brings it back. @returns {() => void} */
  conceal: () => () => {},
  /** Whether something on this page would be lost. */
  isDirty: () => false,
  /** The person could not be compared. @param {() => void} again */
  unknown(again) {
    void again;
  },
};

/** Tells the other tabs when the session is used or ended, and by which account it was begun. */
const tabs = channel();

/** @returns {BroadcastChannel | null} a browser that keeps its tabs apart has none */
function channel() {
  try {
    return new BroadcastChannel("finrust");
  } catch {
    return null;
  }
}

/** @type {(() => void)[]} */
const memories = [];

/** What a screen remembers between its visits goes with the person it belongs to. @param {() => void} wipe */
export function wipedWithPerson(wipe) {
  memories.push(wipe);
}

/** The person at this page, or nobody. */
export function who() {
  return account;
}

/** When the session ends unless it is used, in milliseconds since 1970, at the earliest. */
export function endsAt() {
  return Math.min(idleEnd - NOTED, absoluteEnd);
}

/**
 * Asks the server who is signed in. Called when the page opens and after signing in.
 * @param {{ fresh?: boolean }} [options] `fresh`: somebody has just signed in here, which other tabs have to know
 * @returns {Promise<Account | null>}
 */
export async function enter({ fresh = false } = {}) {
  const found = await recognised();
  // A user who has just signed in is known, unless the browser has not kept what says so.
  if (found === null && fresh) throw new Problem("no_cookies");
  if (found === null) return null;
  const id = found.account;
  if (fresh) tabs?.postMessage({ entered: id });
  if (account !== null && account.id !== id) {
    watch.another();
    return null;
  }
  // Without the words of another language, those that are there have to do.
  await setLanguage(found.language).catch(() => {});
  const mustEnrol = found.role === "officer" && !found.two_factor;
  limits(found);
  account = { id, username: found.username, display_name: found.display_name, role: found.role, mustEnrol };
  seen();
  if (ahead() !== 0 && !isClockTold) {
    isClockTold = true;
    listener.clockIsOff(ahead());
  }
  return account;
}

/** @param {{ expires_at: string, ends_at: string }} found */
function limits({ expires_at: expires, ends_at: ends }) {
  absoluteEnd = Date.parse(ends);
  // Nothing that was used a moment ago ends sooner than a whole idle time later.
  idle = Math.max(Date.parse(expires) - now(), idle);
}

/** The second factor of an officer is on: the rest is open now. */
export function enrolled() {
  if (account !== null) account = { ...account, mustEnrol: false };
}

/** The warning was taken away without an answer. */
export function warnAgain() {
  warned = false;
}

/** @param {string} name */
export function renamed(name) {
  if (account !== null) account = { ...account, display_name: name };
}

/** Ends the session. The page is emptied at once, whatever the server answers or whether it answers. */
export async function signOut() {
  /** @type {Record<string, string>} */
  const headers = account === null ? {} : { "finrust-account": account.id };
  const end = () => post("/api/logout", undefined, { atSignIn: true, headers });
  forget();
  tabs?.postMessage({ ended: true });
  listener.ended("here");
  try {
    await end();
  } catch {
    listener.ended("offline");
    addEventListener("online", () => void end().catch(() => {}), { once: true });
  }
}

/** As long as another tab takes to answer. */
const HEARD = 250;

/** Whether another tab holds something that would be lost. @returns {Promise<boolean>} */
export function othersAreDirty() {
  return new Promise((resolve) => {
    const listen = (/** @type {MessageEvent} */ { data }) => data.dirty && resolve(true);
    tabs?.addEventListener("message", listen);
    tabs?.postMessage({ asked: true });
    setTimeout(
      () => {
        tabs?.removeEventListener("message", listen);
        resolve(false);
      },
      tabs === null ? 0 : HEARD,
    );
  });
}

/** Uses the session, so that it stays. */
export async function stay() {
  await get("/api/session");
}

async function recognised() {
  try {
    return (await get("/api/session", { atSignIn: true })).data;
  } catch (error) {
    if (error instanceof Problem && error.code === "not_signed_in") return null;
    throw error;
  }
}

function forget() {
  account = null;
  again = null;
  for (const wipe of memories) wipe();
}

function seen() {
  idleEnd = now() + idle;
  if (warned) listener.stays();
  warned = false;
}

watch.seen = () => {
  if (account === null) return;
  seen();
  tabs?.postMessage({ seen: true });
};

watch.account = () => account?.id ?? null;

/** Empties the page, asks nothing, and starts again for the person who is there now. */
watch.another = () => {
  if (account === null) return;
  forget();
  listener.another();
};

/** Several calls may find out at once; one sign-in mends them all. */
watch.expired = (why) => {
  if (account === null) return Promise.resolve(false);
  if (again !== null) return again;
  const mine = listener.expired(why).finally(() => again === mine && (again = null));
  return (again = mine);
};

watch.mustEnrol = () => {
  if (account === null || account.mustEnrol) return;
  account = { ...account, mustEnrol: true };
  listener.mustEnrol();
};

tabs?.addEventListener("message", ({ data }) => {
  if (account === null) return;
  if (data.seen) seen();
  if (data.asked && listener.isDirty()) tabs?.postMessage({ dirty: true });
  if (data.entered !== undefined && data.entered !== account.id) watch.another();
  if (data.ended) {
    forget();
    listener.ended("elsewhere");
  }
});

let comparing = false;

/** Whether this page is still that of the signed-in user: nothing is seen until that is known. */
async function compare() {
  if (account === null || again !== null || comparing) return;
  comparing = true;
  const reveal = listener.conceal();
  const over = () => {
    comparing = false;
    reveal();
  };
  try {
    const found = await recognised();
    if (found !== null && found.account !== account?.id) watch.another();
    if (found !== null && account !== null) {
      limits(found);
      watch.seen();
    }
    over();
    if (found === null) void watch.expired();
  } catch {
    listener.unknown(() => {
      over();
      void compare();
    });
  }
}

// What was kept as it was for the way back heard nothing meanwhile, and without a channel no tab hears anything.
addEventListener("pageshow", ({ persisted }) => persisted && void compare());
if (tabs === null) {
  addEventListener("focus", () => void compare());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void compare());
}

/** Somebody who types is there: the server hears of it once a minute at most. */
const TELL = 60_000;
let told = -TELL;

document.addEventListener("input", () => {
  if (account === null || again !== null || performance.now() - told < TELL) return;
  told = performance.now();
  // A session that is over is found out by the next call that wants something: what is being typed goes on.
  void post("/api/session/keep-alive", undefined, { atSignIn: true }).then(watch.seen, () => {});
});

/** Asks what time it is before anything rests on that, where the computer's clocks have come apart. */
export async function knowTime() {
  if (hasDrifted()) await get("/api/session");
}

/** A timer alone would sleep with the machine. Only the server's refusal ends a session: what its clock says is asked, not computed. */
function glance() {
  if (account === null || again !== null || comparing) return;
  if (hasDrifted() || now() >= Math.min(idleEnd, absoluteEnd) + AFTER) return void compare();
  if (endsAt() - now() > WARNING || warned) return;
  warned = true;
  listener.expiring();
}

setInterval(glance, GLANCE);
document.addEventListener("visibilitychange", glance);
