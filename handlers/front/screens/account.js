// One's own account: a frame with a menu around each of its parts.

import { h } from "../core/dom.js";
import { rename } from "../core/router.js";
import { who } from "../core/session.js";
import { t } from "../core/text.js";
import { attempts } from "./account/attempts.js";
import { email, password, profile } from "./account/changes.js";
import { overview } from "./account/overview.js";
import { sessions } from "./account/sessions.js";
import { twoFactor } from "./account/two_factor.js";

/** @typedef {Omit<import("../core/router.js").Screen, "title">} Part what stands beside the menu */

/** @type {[string, string, () => Part][]} the end of the address, the key of the title, and what is shown */
const parts = [
  ["", "account.overview", overview],
  ["/profile", "account.profile", profile],
  ["/password", "account.password", password],
  ["/email", "account.email", email],
  ["/two-factor", "account.two_factor", twoFactor],
  ["/sessions", "account.sessions", sessions],
  ["/attempts", "account.attempts", attempts],
];

/**
 * @param {Record<string, string>} [parameters]
 * @returns {import("../core/router.js").Screen}
 */
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
  return h("nav", { class: "no-print", "aria-label": t("account.menu") }, h("ul", {}, ...items));
}
