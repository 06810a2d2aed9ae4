// Login attempts, newest first, a page at a time: in plain words, with a calm sign at those that deserve a look.

import { get } from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { dateTime } from "../../core/format.js";
import { badge, loading, table } from "../../core/pieces.js";
import { sentence } from "../../core/problem.js";
import { say } from "../../core/say.js";
import { knows, t } from "../../core/text.js";
import { device } from "./device.js";
import { card } from "./pieces.js";

/** @typedef {{ at: string, outcome: string, ip: string | null, user_agent: string | null, count: number }} Attempt */
/** @typedef {{ items: Attempt[], next: string | null }} Page */

const PAGE = 25;
/** Steps on the way, and what says nothing about who it was. */
const NEUTRAL = new Set(["password_correct", "one_time_password", "overloaded"]);

/** @returns {import("../account.js").Part} */
export function attempts() {
  const link = (/** @type {string} */ part, /** @type {string} */ key) => h("li", {}, h("a", { href: `#/account/${part}` }, t(key)));
  const steps = h("ul", { class: "list" }, link("password", "account.not_you_password"), link("sessions", "account.not_you_sessions"), link("two-factor", "account.not_you_two_factor"), h("li", {}, t("account.not_you_tell")));
  const help = h("div", { class: "notice fields" }, h("h2", {}, t("account.not_you")), steps);
  return { element: h("div", { class: "steps" }, h("p", {}, t("account.attempts_body")), card(attemptList("/api/login-attempts")), help) };
}

/** @param {string} path of the list */
export function attemptList(path) {
  const load = async (/** @type {string | null} */ cursor) => {
    const after = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    return /** @type {Page} */ ((await get(`${path}?limit=${PAGE}${after}`)).data);
  };
  return loading(() => load(null), (page) => shown(page, load)).element;
}

/** @param {Page} first @param {(cursor: string) => Promise<Page>} load */
function shown(first, load) {
  if (first.items.length === 0) return h("p", { class: "hint" }, t("account.no_attempts"));
  let { items, next } = first;
  const place = h("div", { class: "steps" });
  const button = h("button", { type: "button", onclick: () => void more() }, t("account.older"));
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
  if (outcome === "signed_in") return "";
  return NEUTRAL.has(outcome) ? "plain" : "warn";
}
