// The firm, its role for client files and what that means, and the change that waits.

import { get, post, Problem, sentence } from "../../core/api.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { bare, isDone } from "../../core/once.js";
import { busyButton, loading, rows, say } from "../../core/pieces.js";
import { who } from "../../core/session.js";
import { dateTime, fill, h } from "../../core/show.js";
import { t } from "../../core/words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Details, Firm, Proposed } from "./types.js" */

export const PATH = "/api/organisation";

/** @returns {Screen} */
export function firm() {
  const title = t("firm.title");
  const heading = h("h1", {}, title);
  const refusal = h("div", { class: "notice bad", role: "alert", hidden: true });
  const isOfficer = who()?.role === "officer";
  /** @type {Firm | null} */
  let seen = null;
  const shown = loading(
    async () => (seen = /** @type {Firm} */ ((await get(PATH)).data)),
    (found) => [found.proposed && waiting(found.proposed, isOfficer ? confirm : null), rows(described(found)), meaning(found)],
  );

  /** @param {Proposed} proposed */
  async function confirm(proposed) {
    refusal.hidden = true;
    const isHere = thisVisit();
    const sure = await ask({
      name: "firm_confirm",
      title: t("firm.confirm_title", { name: proposer(proposed) }),
      body: t("firm.confirm_body"),
      confirm: t("firm.confirm"),
      danger: true,
    });
    if (!sure) return;
    /** @type {unknown} */
    let wrong = null;
    try {
      await post(`${PATH}/confirm`);
    } catch (error) {
      wrong = error;
    }
    if (!isHere()) return;
    await shown.reload();
    // The button that was pressed is gone.
    heading.focus();
    refusal.hidden = isDone(wrong, seen !== null && !seen.proposed && same(seen, proposed));
    if (refusal.hidden) say(t("firm.confirmed"));
    else fill(refusal, h("p", {}, why(wrong)));
  }

  const change = isOfficer && h("a", { class: "button primary", href: "#/firm/edit" }, t("firm.edit"));
  const head = h("div", { class: "page-head" }, h("div", {}, heading, h("p", { class: "soft" }, t("firm.body"))), change);
  return { title, element: h("section", {}, head, refusal, shown.element) };
}

/** What is stored of the firm, without what waits. @param {Details} found @returns {Details} */
export function details({ role, name, address }) {
  return { role, name, address };
}

/** Whether both say the same. @param {Details} one @param {Details} other */
function same(one, other) {
  return bare(details(one)) === bare(details(other));
}

/** The sentences about a role. @param {Details["role"] | ""} role */
export function aboutRole(role) {
  return t(`firm.about.${role || "unset"}`);
}

/** @param {Details} found */
function described({ role, name, address }) {
  return [
    { label: t("firm.role"), value: role === null ? t("firm.no_role") : t(`firm_role.${role}`) },
    { label: t("firm.name"), value: name ?? t("firm.not_filled") },
    { label: t("firm.address"), value: address === null ? t("firm.not_filled") : h("span", { class: "long" }, address) },
  ];
}

/** @param {Details} found */
function meaning({ role }) {
  return h("div", { class: "notice" }, h("p", {}, aboutRole(role)));
}

/** Whose proposal it is. @param {Proposed} proposed */
function proposer({ by_name: name }) {
  return name ?? t("firm.somebody");
}

/** A change that is not in force yet. @param {Proposed} proposed @param {((proposed: Proposed) => Promise<void>) | null} confirm for officers */
function waiting(proposed, confirm) {
  const { proposed_at: at, applies_at: applies, own } = proposed;
  const when = applies === null ? t("firm.needs_second") : t("firm.applies_at", { at: dateTime(applies) });
  const actions =
    confirm !== null &&
    h(
      "div",
      { class: "actions" },
      !own && busyButton(t("firm.confirm"), () => confirm(proposed), "primary"),
      h("a", { class: "button", href: "#/firm/withdraw" }, t("firm.withdraw")),
    );
  return h(
    "section",
    { class: "notice warn fields" },
    h("h2", {}, t("firm.waiting")),
    h("p", { translate: "no" }, t("firm.proposed_by", { name: proposer(proposed), at: dateTime(at) })),
    rows(described(proposed)),
    h("p", {}, aboutRole(proposed.role)),
    h("p", {}, h("strong", {}, when)),
    confirm !== null && own && applies === null && h("p", {}, t("firm.own")),
    actions,
  );
}

/** @param {unknown} error */
function why(error) {
  const known = error instanceof Problem && ["wrong_step", "version_mismatch"].includes(error.code);
  return known ? t(`firm.refused.${error.code}`) : sentence(error);
}
