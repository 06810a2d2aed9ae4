// Who is signed in, for how long, and what happens when that ends. Nothing of it is kept anywhere but in this page's memory.

import { get, post, Problem, watch } from "./api.js";
import { setLanguage } from "./show.js";
/** @import { Account } from "./types.js" */

/** The server notes a use once a minute, so the last one may count from up to a minute earlier. */
const IDLE = 29 * 60_000;
const WARNING = 2 * 60_000;
const GLANCE = 5_000;

/** @type {Account | null} */
let account = null;
let idleEnd = 0;
let absoluteEnd = 0;
let warned = false;
/** @type {Promise<boolean> | null} */
let again = null;

/** What the page does when something happens to the session; set once by `shell.js`. */
export const listener = {
  expiring() {},
  stays() {},
  /** @returns {Promise<boolean>} whether the same person signed in again */
  expired: async () => false,
  /** @param {"here" | "elsewhere" | "offline"} how */
  ended(how) { void how; },
  mustEnrol() {},
};

/** Tells the other tabs when the session is used or ended; says nothing about whose it is. */
const tabs = new BroadcastChannel("finrust");

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

/** When the session ends unless it is used, in milliseconds since 1970. */
export function endsAt() {
  return Math.min(idleEnd, absoluteEnd);
}

/**
 * Asks the server who is signed in. Called when the page opens and after signing in.
 * @param {{ fresh?: boolean }} [options] `fresh`: somebody has just signed in here, which other tabs have to know
 * @returns {Promise<Account | null>}
 */
export async function enter({ fresh = false } = {}) {
  const found = await recognised();
  if (found === null) return null;
  if (fresh) tabs.postMessage({ entered: true });
  const mustEnrol = found.role === "officer" && !found.two_factor;
  absoluteEnd = Date.parse(found.ends_at);
  if (account?.username !== found.username) forget();
  account = { username: found.username, display_name: found.display_name, role: found.role, mustEnrol };
  seen();
  setLanguage(found.language);
  return account;
}

/** The second factor of an officer is on: the rest is open now. */
export function enrolled() {
  if (account !== null) account = { ...account, mustEnrol: false };
}

/** @param {string} name */
export function renamed(name) {
  if (account !== null) account = { ...account, display_name: name };
}

/** Ends the session. The page is emptied at once, whatever the server answers or whether it answers. */
export async function signOut() {
  forget();
  tabs.postMessage({ ended: true });
  listener.ended("here");
  try {
    await post("/api/logout", undefined, { atSignIn: true });
  } catch {
    listener.ended("offline");
    addEventListener("online", () => void post("/api/logout", undefined, { atSignIn: true }).catch(() => {}), { once: true });
  }
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
  for (const wipe of memories) wipe();
}

function seen() {
  idleEnd = Date.now() + IDLE;
  if (warned) listener.stays();
  warned = false;
}

watch.seen = () => {
  if (account === null) return;
  seen();
  tabs.postMessage({ seen: true });
};

/** Several calls may find out at once; one sign-in mends them all. */
watch.expired = () => {
  if (account === null) return Promise.resolve(false);
  again ??= listener.expired().finally(() => (again = null));
  return again;
};

watch.mustEnrol = () => {
  if (account === null || account.mustEnrol) return;
  account = { ...account, mustEnrol: true };
  listener.mustEnrol();
};

tabs.addEventListener("message", ({ data }) => {
  if (account === null) return;
  if (data.seen) seen();
  if (data.entered) void compare();
  if (data.ended) {
    forget();
    listener.ended("elsewhere");
  }
});

/** Somebody signed in in another tab: if it is another person, nothing on this page is theirs. */
async function compare() {
  const found = await recognised().catch(() => null);
  if (found?.username !== account?.username) location.reload();
}

/** A timer alone would sleep with the machine. */
function glance() {
  if (account === null || again !== null) return;
  const left = endsAt() - Date.now();
  if (left <= 0) void watch.expired();
  else if (left <= WARNING && !warned) {
    warned = true;
    listener.expiring();
  }
}

setInterval(glance, GLANCE);
document.addEventListener("visibilitychange", glance);
