// For officers: everybody who has an account.

import { h } from "../core/dom.js";
import { dateTime } from "../core/format.js";
import { badge, loading, table } from "../core/pieces.js";
import { language, t } from "../core/text.js";
import { allAccounts, statusBadge } from "./accounts/all.js";

/** @typedef {import("./accounts/all.js").Listed} Listed */

/** @returns {import("../core/router.js").Screen} */
export function accounts() {
  const title = t("accounts.title");
  const invite = h("a", { class: "button primary", href: "#/accounts/invite" }, t("accounts.invite"));
  const list = loading(allAccounts, (all) => h("div", { class: "card" }, listed(all)));
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("accounts.body"))), invite);
  return { title, element: h("section", {}, head, list.element) };
}

/** The server has no order for them. @param {Listed[]} all */
function listed(all) {
  const order = new Intl.Collator(language());
  const sorted = all.toSorted((one, other) => order.compare(one.display_name, other.display_name));
  const columns = ["account.name", "account.role", "accounts.status", "account.two_factor", "accounts.last"].map((key) => ({ words: t(key) }));
  return table({ caption: t("accounts.title"), columns, rows: sorted.map(row) });
}

/** @param {Listed} account */
function row(account) {
  const name = h("a", { href: `#/accounts/${account.id}` }, account.display_name);
  const who = h("span", { class: "who" }, name, h("span", { class: "soft" }, account.username));
  const factor = account.two_factor ? t("account.on") : badge(t("account.off"), "plain");
  return [who, t(`role.${account.role}`), statusBadge(account.status), factor, account.last_signed_in_at ? dateTime(account.last_signed_in_at) : t("accounts.never")];
}
