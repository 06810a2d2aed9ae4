// Who tried to sign in with the own account.

import { h } from "../../core/dom.js";
import { t } from "../../core/text.js";
import { attemptList } from "./attempt_list.js";

/** @returns {import("../account.js").Part} */
export function attempts() {
  const link = (/** @type {string} */ part, /** @type {string} */ key) => h("li", {}, h("a", { href: `#/account/${part}` }, t(key)));
  const steps = h("ul", { class: "list" }, link("password", "account.not_you_password"), link("sessions", "account.not_you_sessions"), link("two-factor", "account.not_you_two_factor"), h("li", {}, t("account.not_you_tell")));
  const help = h("div", { class: "notice fields" }, h("h2", {}, t("account.not_you")), steps);
  return { element: h("div", { class: "steps" }, h("p", {}, t("account.attempts_body")), attemptList("/api/login-attempts"), help) };
}
