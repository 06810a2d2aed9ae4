// One's own account: a frame with a menu around each of its parts.

import { h } from "../../core/show.js";
import { card } from "../../core/pieces.js";
import { rename } from "../../core/router.js";
import { who } from "../../core/session.js";
import { attemptList } from "../../core/attempts.js";
import { t } from "../../core/words.js";
import { email, overview, password, profile } from "./details.js";
import { browsers, sessions } from "./devices.js";
import { twoFactor } from "./two_factor.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { AccountPart } from "./types.js" */

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
  const items = parts.map(([end, key]) =>
    h("li", {}, h("a", { href: `#/account${end}`, "aria-current": end === here ? "page" : null }, t(key))),
  );
  return h("nav", { class: "no-print", "aria-label": t("account.title") }, h("ul", {}, ...items));
}

/** @returns {AccountPart} */
function attempts() {
  const link = (/** @type {string} */ part, /** @type {string} */ key) => h("li", {}, h("a", { href: `#/account/${part}` }, t(key)));
  const steps = h(
    "ul",
    { class: "list" },
    link("password", "account.not_you_password"),
    link("sessions", "account.not_you_sessions"),
    link("browsers", "account.not_you_browsers"),
    link("two-factor", "account.not_you_two_factor"),
    h("li", {}, t("account.not_you_tell")),
  );
  const help = h("div", { class: "notice fields" }, h("h2", {}, t("account.not_you")), steps);
  return { element: h("div", { class: "steps" }, h("p", {}, t("account.attempts_body")), card(attemptList("/api/login-attempts")), help) };
}
