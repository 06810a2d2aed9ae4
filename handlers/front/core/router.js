// Which screen belongs to the address. Everything stands behind the `#`, so no server and no log ever sees it.

import { endVisit, thisVisit, withdrawAll } from "./dialog.js";
import { late } from "./late.js";
import { who } from "./session.js";
/** @import { Access, Route, Screen } from "./types.js" */

/** @type {Route[]} */
let routes = [];
/** @type {(screen: Screen, isAsked: boolean) => void} */
let show = () => {};
/** @type {(screen: Screen) => void} */
let arrive = () => {};
/** @type {() => Promise<boolean>} */
let mayLeave = async () => true;
/** @type {Screen | null} */
let current = null;
let address = "";
/**
 * Which entry of the history is shown. Each entry holds its number, so that a step that is refused can be undone whatever its direction: the
 * address and the screen always agree.
 */
let place = 0;
/** The entry that a step led to which is being undone. @type {number | null} */
let undone = null;
/** A user who was asked already is not asked again at the next step. */
let isFree = false;
/** A screen leads to another one. */
let isLed = false;
/** Something is saved for somebody who is leaving. */
let isOnTheWay = false;
/** Where that would have led. */
let ledTo = "";
/** Where somebody wanted to go who had to sign in first. */
let wanted = "";
let held = false;

/**
 * @param {object} page
 * @param {Route[]} page.table
 * @param {(screen: Screen, isAsked: boolean) => void} page.onShow
 * @param {(screen: Screen) => void} page.onArrival what is shown has been loaded
 * @param {() => Promise<boolean>} page.onLeave asks whether what was typed may be lost
 */
export function start({ table, onShow, onArrival, onLeave }) {
  routes = table;
  show = onShow;
  arrive = onArrival;
  mayLeave = onLeave;
  history.scrollRestoration = "manual";
  // Either may come alone: a step between entries with the same address, and one that was typed.
  for (const kind of ["popstate", "hashchange"]) addEventListener(kind, moved);
  addEventListener("beforeunload", (event) => current?.isDirty?.() && event.preventDefault());
  place = history.state?.at ?? 0;
  history.replaceState({ at: place }, "");
  open(path());
}

/** Goes somewhere as if a link had been followed. @param {string} to such as `clients` */
export function go(to) {
  if (isOnTheWay) return void (ledTo = to);
  isLed = true;
  if (path() !== to) location.hash = `#/${to}`;
  else void leave(() => open(to));
}

/** The same place with another address, without a step in the history. @param {string} to */
export function rename(to) {
  address = to;
  history.replaceState({ at: place }, "", `#/${to}`);
}

/** Makes the present screen again, in another language, and asks nothing. */
export function redraw() {
  if (ledTo !== "") rename(ledTo);
  open(address);
}

/** Saves for somebody who is leaving: it leads nowhere, and what it says is still read on the next screen. @param {() => Promise<boolean>} save */
export async function onTheWay(save) {
  const isHere = thisVisit();
  isOnTheWay = true;
  try {
    return (await save()) && isHere() && (isLed = true);
  } finally {
    isOnTheWay = false;
  }
}

/** Stays where it is, whatever address is asked for. @param {boolean} on */
export function hold(on) {
  held = on;
}

/** The screen that is shown. */
export function shown() {
  return current;
}

/** Forgets the screen without asking: the page has been emptied. */
export function drop() {
  current?.leave?.();
  current = null;
  held = false;
  isOnTheWay = false;
}

/** Where somebody who just signed in goes on. */
export function landing() {
  const to = wanted;
  wanted = "";
  return to || home();
}

function home() {
  const account = who();
  if (account === null) return "login";
  if (account.mustEnrol) return "account/two-factor";
  return account.role === "adviser" ? "clients" : "accounts";
}

/** The address as it stands. */
export function path() {
  return location.hash.replace(/^#\/*|\/+$/g, "");
}

/** Somebody went somewhere: with a link, the buttons of the browser, or an address that was typed. */
function moved() {
  const at = history.state?.at ?? place + 1;
  if (history.state?.at === undefined) history.replaceState({ at }, "");
  const to = path();
  if (at === undone) return;
  undone = null;
  if (at === place && to === address) return;
  if (!isFree && (held || current?.isDirty?.())) return refuse(at);
  place = at;
  open(to);
}

/** Undoes a step, and takes it once nothing stands in its way. @param {number} at */
function refuse(at) {
  if (at === place) return rename(address);
  undone = at;
  history.go(place - at);
  if (!held) void leave(() => history.go(at - place));
}

/** @param {() => void} onward */
async function leave(onward) {
  // One question at a time, and the last one counts.
  withdrawAll();
  if (current?.isDirty?.() && !(await mayLeave())) return;
  isFree = true;
  onward();
}

/** @param {string} to */
function open(to) {
  const found = find(to);
  if (found === null || !isOpen(found.access)) {
    if (found !== null && who() === null) wanted = to;
    goHome(to);
    return;
  }
  address = to;
  ledTo = "";
  isFree = false;
  endVisit();
  current?.leave?.();
  current = found.screen();
  show(current, !isLed);
  isLed = false;
}

/** @param {string} from */
function goHome(from) {
  const instead = home();
  if (instead === from) throw new Error(`${from} has no screen`);
  rename(instead);
  open(instead);
}

/** @param {Access} access */
function isOpen(access) {
  const account = who();
  if (access === "anyone") return true;
  if (account === null) return access === "stranger";
  if (access === "stranger") return false;
  if (account.mustEnrol) return path() === "account/two-factor";
  return access === "signed_in" || access === account.role;
}

/** @param {string} to @returns {{ access: Access, screen: () => Screen } | null} */
function find(to) {
  for (const route of routes) {
    const parameters = match(route.path.split("/"), to.split("/"));
    if (parameters !== null)
      return { access: route.access, screen: () => ("page" in route ? route.page(parameters) : late(route, parameters, arrive)) };
  }
  return null;
}

/** @param {string[]} pattern @param {string[]} parts */
function match(pattern, parts) {
  if (pattern.length !== parts.length) return null;
  /** @type {Record<string, string>} */
  const parameters = {};
  for (const [index, part] of pattern.entries()) {
    const given = parts[index] ?? "";
    if (part.startsWith(":") && given !== "") parameters[part.slice(1)] = given;
    else if (part !== given) return null;
  }
  return parameters;
}
