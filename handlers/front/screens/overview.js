// What a client owns and owes, earns and spends, at a glance: on the screen, and on one page of paper for the conversation.

import { get } from "../core/api.js";
import { fullName } from "../core/client.js";
import { fill, h } from "../core/dom.js";
import { date, money } from "../core/format.js";
import { loading } from "../core/pieces.js";
import { who } from "../core/session.js";
import { t } from "../core/text.js";
import { isEmpty, month, worth } from "./overview/balance.js";
import { part } from "./overview/part.js";

/** @typedef {import("../core/types.js").ClientFile} ClientFile */

/** @param {Record<string, string>} parameters @returns {import("../core/router.js").Screen} */
export function overview({ id = "" }) {
  const back = `#/clients/${id}`;
  const name = h("p", { class: "whose" });
  const print = h("button", { type: "button", class: "primary", hidden: true, onclick: () => window.print() }, t("overview.print"));
  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: back }, t("overview.back")));
  const head = h("div", { class: "page-head" }, h("div", {}, crumb, h("h1", {}, t("overview.title")), name), print);
  const { element } = loading(
    async () => /** @type {ClientFile} */ ((await get(`/api/clients/${encodeURIComponent(id)}`)).data),
    (file) => {
      fill(name, fullName(file.person));
      const parts = pictures(file, back);
      print.hidden = parts === null;
      return parts ?? nothingYet(back);
    },
  );
  element.classList.add("overview");
  return { title: t("overview.title"), element: h("section", {}, head, element) };
}

/** Nothing when the file holds no figures. @param {ClientFile} file @param {string} back */
function pictures(file, back) {
  const [owned, flow] = [worth(file), month(file)];
  if (isEmpty(owned) && isEmpty(flow)) return null;
  const fillIn = () => h("p", { class: "no-print" }, h("a", { href: back }, t("overview.fill_in")));
  const amounts = { worth: money(Math.abs(owned.rest)), month: money(Math.abs(flow.rest)) };
  const first = part(owned, {
    title: t("overview.worth"),
    rest: owned.rest < 0 ? t("overview.worth_short") : t("overview.worth_left"),
    sentence: t(`overview.worth_${sign(owned.rest)}`, { amount: amounts.worth }),
    empty: t("overview.worth_empty"),
  }, fillIn);
  const second = part(flow, {
    title: t("overview.month"),
    rest: flow.rest < 0 ? t("overview.month_short") : t("overview.month_left"),
    sentence: t(`overview.month_${sign(flow.rest)}`, { amount: amounts.month }),
    empty: t("overview.month_empty"),
  }, fillIn);
  const made = t("overview.made", { date: date(new Date().toISOString()), name: who()?.display_name ?? "" });
  return [first, second, h("p", { class: "hint" }, made)];
}

/** @param {number} cents */
function sign(cents) {
  if (cents === 0) return "even";
  return cents < 0 ? "minus" : "plus";
}

/** @param {string} back */
function nothingYet(back) {
  const link = h("a", { href: back, class: "button primary" }, t("overview.fill_in"));
  return h("div", { class: "card empty" }, h("p", {}, t("overview.worth_empty")), h("p", {}, t("overview.month_empty")), link);
}
