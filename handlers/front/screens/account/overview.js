// The account at a glance: what it says about somebody and how well it is kept.

import { get } from "../../core/api.js";
import { date } from "../../core/format.js";
import { badge, loading } from "../../core/pieces.js";
import { t } from "../../core/text.js";
import { rowLink, rows } from "./pieces.js";

/** @typedef {{ enabled: boolean, recovery_codes_left: number }} TwoFactor */
/** @typedef {{ username: string, display_name: string, email: string, language: "nl" | "en", role: string, two_factor: TwoFactor, password_changed_at: string | null }} Account */

/** @returns {import("../account.js").Part} */
export function overview() {
  return { element: loading(ownAccount, (account) => rows(described(account))).element };
}

/** @returns {Promise<Account>} */
export async function ownAccount() {
  return (await get("/api/account")).data;
}

/** @param {TwoFactor} factor */
export function twoFactorState({ enabled, recovery_codes_left: left }) {
  if (!enabled) return [badge(t("account.off"), "warn")];
  return [badge(t("account.on")), " ", left === 1 ? t("account.one_code_left") : t("account.codes_left", { count: left })];
}

/** @param {Account} account */
function described(account) {
  const { username, display_name: name, role, email, language, two_factor: factor, password_changed_at: changed } = account;
  return [
    { label: t("account.username"), value: username },
    { label: t("account.role"), value: t(`role.${role}`) },
    { label: t("account.name"), value: name, action: change("profile", "account.name") },
    { label: t("account.language"), value: t(`account.${language}`), action: change("profile", "account.language") },
    { label: t("account.email"), value: email, action: change("email", "account.email") },
    { label: t("account.password"), value: changed && t("account.password_since", { date: date(changed) }), action: change("password", "account.password") },
    {
      label: t("account.two_factor"),
      value: twoFactorState(factor),
      action: rowLink("#/account/two-factor", factor.enabled ? t("account.manage") : t("account.turn_on"), t("account.two_factor")),
    },
  ];
}

/** @param {string} part @param {string} key of the label */
function change(part, key) {
  return rowLink(`#/account/${part}`, t("account.change"), t(key));
}
