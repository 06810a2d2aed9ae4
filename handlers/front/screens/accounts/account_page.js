// One account, as an officer sees it: how it stands, what can be done, and who tried to sign in with it.

import { post } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { fill, h } from "../../core/dom.js";
import { dateTime } from "../../core/format.js";
import { loading } from "../../core/pieces.js";
import { Problem, sentence } from "../../core/problem.js";
import { say } from "../../core/say.js";
import { who } from "../../core/session.js";
import { t } from "../../core/text.js";
import { attemptList } from "../account/attempts.js";
import { rows } from "../account/pieces.js";
import { allAccounts, statusBadge } from "./all.js";

/** @typedef {import("./all.js").Listed} Listed */

/**
 * @param {Record<string, string>} parameters
 * @returns {import("../../core/router.js").Screen}
 */
export function accountPage({ id = "" }) {
  const title = t("accounts.one");
  const path = `/api/accounts/${encodeURIComponent(id)}`;
  const account = loading(() => find(id), (found) => rows(described(found, act)));
  const heading = h("h1", {}, title);
  const refusal = h("div", { class: "notice bad", role: "alert", hidden: true });

  /** @param {string} action @param {string} done */
  async function act(action, done) {
    refusal.hidden = true;
    try {
      await post(`${path}/${action}`);
      say(done);
    } catch (error) {
      refusal.hidden = false;
      fill(refusal, h("p", {}, sentence(error)));
    }
    await account.reload();
    heading.focus();
  }

  const attempts = h("div", { class: "card" }, h("h2", {}, t("account.attempts")), attemptList(`${path}/login-attempts`));
  return { title, element: h("section", {}, back(), heading, refusal, account.element, attempts) };
}

/** The way back to the list. */
export function back() {
  return h("p", { class: "crumb" }, h("a", { href: "#/accounts" }, t("accounts.back")));
}

/** The server lists accounts, and names none alone. @param {string} id */
async function find(id) {
  const found = (await allAccounts()).find((account) => account.id === id);
  if (found === undefined) throw new Problem("not_found");
  return found;
}

/** @param {Listed} account @param {(action: string, done: string) => Promise<void>} act */
function described(account, act) {
  const { display_name: name, username, email, role, status, two_factor: factor, last_signed_in_at: last } = account;
  return [
    { label: t("account.name"), value: name },
    { label: t("account.username"), value: username },
    { label: t("account.email"), value: email },
    { label: t("account.role"), value: t(`role.${role}`) },
    { label: t("accounts.status"), value: [statusBadge(status), " ", t(`accounts.is_${status}`)], action: statusAction(account, act) },
    { label: t("account.two_factor"), value: t(factor ? "account.on" : "account.off") },
    { label: t("accounts.last"), value: last ? dateTime(last) : t("accounts.never") },
    { label: t("accounts.throttle"), value: t("accounts.throttle_why"), action: button("accounts.unlock", () => act("unlock", t("accounts.unlocked"))) },
  ];
}

/** @param {Listed} account @param {(action: string, done: string) => Promise<void>} act */
function statusAction({ status, username }, act) {
  if (username === who()?.username) return h("span", { class: "hint" }, t("accounts.not_own"));
  const asked = (/** @type {"enable" | "disable"} */ change, /** @type {boolean} */ danger) => async () => {
    const sure = await ask({ title: t(`accounts.${change}_title`), body: t(`accounts.${change}_body`), confirm: t(`accounts.${change}`), danger });
    if (sure) await act(change, t(`accounts.${change}d`));
  };
  if (status === "disabled") return button("accounts.enable", asked("enable", false));
  const again = button("accounts.invite_again", () => act("invite", t("accounts.invited_again")));
  return h("div", { class: "actions" }, status === "invited" && again, button("accounts.disable", asked("disable", true), "danger-quiet"));
}

/** @param {string} key @param {() => Promise<void>} onPress @param {string} [kind] */
function button(key, onPress, kind = "") {
  return h("button", { type: "button", class: kind, onclick: () => void onPress() }, t(key));
}
