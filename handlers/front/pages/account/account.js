// One's own account: a frame with a menu around each of its parts, and who tried to sign in.

import { get, sentence } from "../../core/api.js";
import { dateTime, fill, h, knows, t } from "../../core/show.js";
import { badge, loading, say, table } from "../../core/pieces.js";
import { rename } from "../../core/router.js";
import { who } from "../../core/session.js";
import { card, email, overview, password, profile } from "./details.js";
import { browsers, device, sessions } from "./devices.js";
import { twoFactor } from "./two_factor.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { AccountPart, Attempt, ListPage } from "../types.js" */

/** @type {[string, string, () => AccountPart][]} the end of the address, the key of the title, and what is shown */
const parts = [
  ["", "overview.title", overview],
  ["/profile", "account.profile", profile],
  ["/password", "app.password", password],
  ["/email", "file.label.email", email],
  ["/two-factor", "app.two_factor", twoFactor],
  ["/sessions", "account.sessions", sessions],
  ["/browsers", "account.browsers", browsers],
  ["/attempts", "account.attempts", attempts],
];

/** @param {Record<string, string>} [parameters] @returns {Screen} */
export function account({ part } = {}) {
  const found = parts.find(([end]) => end === (part === undefined ? "" : `/${part}`));
  if (found === undefined) {
    rename("account");
    return account();
  }
  const [end, key, show] = found;
  const { element, ...rest } = show();
  const title = end === "" ? t("account.title") : t(key);
  // Before an officer has a second factor, nothing else is open.
  const menu = who()?.mustEnrol ? null : navigation(end);
  return { ...rest, title, element: h("section", { class: menu && "account" }, h("h1", {}, title), menu, element) };
}

/** @param {string} here */
function navigation(here) {
  const items = parts.map(([end, key]) => h("li", {}, h("a", { href: `#/account${end}`, "aria-current": end === here ? "page" : null }, t(key))));
  return h("nav", { class: "no-print", "aria-label": t("account.title") }, h("ul", {}, ...items));
}

const PAGE = 25;
/** Steps on the way, and what says nothing about who it was. */
const NEUTRAL = new Set(["password_correct", "one_time_password", "overloaded", "confirmed_password"]);

/** @returns {AccountPart} */
function attempts() {
  const link = (/** @type {string} */ part, /** @type {string} */ key) => h("li", {}, h("a", { href: `#/account/${part}` }, t(key)));
  const steps = h("ul", { class: "list" }, link("password", "account.not_you_password"), link("sessions", "account.not_you_sessions"), link("browsers", "account.not_you_browsers"), link("two-factor", "account.not_you_two_factor"), h("li", {}, t("account.not_you_tell")));
  const help = h("div", { class: "notice fields" }, h("h2", {}, t("account.not_you")), steps);
  return { element: h("div", { class: "steps" }, h("p", {}, t("account.attempts_body")), card(attemptList("/api/login-attempts")), help) };
}

/** @param {string} path of the list */
export function attemptList(path) {
  return pages({ path, listed, none: t("account.no_attempts"), more: t("account.older") });
}

/**
 * A list whose next page is there for the asking.
 * @param {object} parts
 * @param {string} parts.path
 * @param {(items: any[]) => HTMLElement} parts.listed a table of them
 * @param {string} parts.none what an empty one says
 * @param {string} parts.more words of the button
 */
export function pages({ path, listed, none, more }) {
  /** What the server answers may be short without being the last: a page is filled before it is shown. @param {string | null} next @returns {Promise<ListPage>} */
  const load = async (next) => {
    const items = [];
    do {
      const after = next === null ? "" : `&cursor=${encodeURIComponent(next)}`;
      const { data } = await get(`${path}?limit=${PAGE - items.length}${after}`);
      items.push(...data.items);
      next = data.next;
    } while (next !== null && items.length < PAGE);
    return { items, next };
  };
  return loading(() => load(null), (page) => (page.items.length === 0 ? h("p", { class: "hint" }, none) : grown(page, { load, listed, more }))).element;
}

/** @param {ListPage} first @param {{ load: (cursor: string) => Promise<ListPage>, listed: (items: any[]) => HTMLElement, more: string }} list */
function grown(first, { load, listed, more: words }) {
  let { items, next } = first;
  const place = h("div", { class: "steps" });
  const button = h("button", { type: "button", onclick: () => void more() }, words);
  const draw = () => fill(place, listed(items), next !== null && h("div", { class: "actions" }, button));
  const more = async () => {
    if (next === null || button.hasAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      const page = await load(next);
      const start = items.length;
      items = [...items, ...page.items];
      next = page.next;
      draw();
      goTo(place, start);
    } catch (error) {
      say(sentence(error));
    }
    button.removeAttribute("aria-busy");
  };
  draw();
  return place;
}

/** The first row that was added. @param {HTMLElement} place @param {number} index */
function goTo(place, index) {
  const heading = /** @type {HTMLElement | undefined} */ (place.querySelectorAll("tbody th")[index]);
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
}

/** @param {Attempt[]} items */
function listed(items) {
  const columns = ["account.when", "account.what", "account.device", "account.ip"].map((key) => ({ words: t(key) }));
  return table({ caption: t("account.attempts"), columns, rows: items.map(row) });
}

/** @param {Attempt} attempt */
function row({ at, outcome, ip, user_agent: agent, count }) {
  const words = knows(`outcome.${outcome}`) ? t(`outcome.${outcome}`) : outcome;
  const times = count > 1 && h("span", { class: "soft" }, ` ${t("account.times", { count })}`);
  return [dateTime(at), h("span", {}, badge(words, kind(outcome)), times), device(agent), ip ?? t("account.unknown")];
}

/** @param {string} outcome */
function kind(outcome) {
  if (outcome === "signed_in" || outcome === "passkey") return "";
  return NEUTRAL.has(outcome) ? "plain" : "warn";
}
