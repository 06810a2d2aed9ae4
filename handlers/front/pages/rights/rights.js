// The rights of the person in one file: how it stands, what can be decided, and what was decided and why.

import { date, fill, h, t } from "../../core/show.js";
import { intention, sayDone } from "../../core/once.js";
import { badge, loading, rows } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { history, listed, obstacles, rightsOf } from "./file.js";
import { choice, day, screenOf, sheet, text } from "./sheet.js";
import { options, said } from "./words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Rights } from "./types.js" */

const GROUNDS = "no_longer_needed consent_withdrawn objection unlawful legal_obligation retention_over";
const STEPS = "restrict release hold lift_hold mark withdraw".split(" ");

/** @param {Record<string, string>} parameters @returns {Screen} */
export function rights({ id = "" }) {
  const title = t("rights.title");
  const name = h("p", { class: "whose", translate: "no" });
  const shown = loading(() => rightsOf(id), (found) => {
    fill(name, found.name);
    return [state(id, found), ways(id), erasure(id, found), history(found.notes)];
  });
  const crumb = h("p", { class: "crumb" }, h("a", { href: `#/clients/${id}` }, t("rights.back")));
  const head = h("div", { class: "page-head" }, h("div", {}, crumb, h("h1", {}, title), name));
  return { title, element: h("section", {}, head, h("p", { class: "soft" }, t("rights.body")), shown.element) };
}

/** @param {string} id @param {Rights} found */
function state(id, { restricted, held, marked, keep_until: keep }) {
  const way = (/** @type {string} */ step) => h("a", { href: `#/clients/${id}/rights/step/${step}` }, t(`rights.take.${step}`));
  const kept = held && badge(held.until ? t("rights.until_day", { date: date(held.until) }) : t("rights.held"), "warn");
  return rows([
    { label: t("rights.use"), value: restricted ? badge(t("rights.restricted"), "warn") : t("rights.free"), action: way(restricted ? "release" : "restrict") },
    { label: t("rights.hold"), value: kept ?? t("rights.not_held"), action: held ? h("div", { class: "actions" }, way("hold"), way("lift_hold")) : way("hold") },
    { label: t("rights.erasure"), value: marked ? [badge(t("rights.marked"), "warn"), " ", said(`erasure_ground.${marked}`)] : t("rights.not_marked"), action: way(marked ? "withdraw" : "mark") },
    { label: t("rights.term"), value: keep ? t("rights.until_day", { date: date(keep) }) : t("rights.no_term"), action: h("a", { href: "#/requests/retention" }, t("rights.see_retention")) },
  ]);
}

/** @param {string} id */
function ways(id) {
  const way = (/** @type {string} */ to, /** @type {string} */ key) => h("li", {}, h("a", { href: `#/${to}` }, t(`rights.${key}`)), h("p", { class: "soft" }, t(`rights.${key}_short`)));
  const below = `clients/${id}/rights`;
  return h("section", { class: "card" }, h("h2", {}, t("rights.ways")), h("ul", { class: "list how" }, way(`${below}/report`, "report"), way(`${below}/portability`, "portability"), way(`${below}/trail`, "trail"), way(`requests/new/${id}`, "request")));
}

/** @param {string} id @param {Rights} found */
function erasure(id, found) {
  const way = h("a", { class: "button danger-quiet", href: `#/clients/${id}/rights/erase` }, t("rights.erase"));
  const inTheWay = obstacles(found);
  const content = inTheWay.length > 0 ? listed(inTheWay) : [h("p", {}, t("rights.erase_ready")), h("div", { class: "actions" }, way)];
  return h("section", { class: "card" }, h("h2", {}, t("rights.erase")), ...content);
}

/** The form of a step. @param {Record<string, string>} parameters @returns {Screen} */
export function takeStep({ id = "", step = "" }) {
  const back = `clients/${id}/rights`;
  if (!STEPS.includes(step)) return { title: t("rights.title"), element: h("section", {}, h("h1", {}, t("rights.title")), h("p", {}, h("a", { href: `#/${back}` }, t("rights.back_one")))) };
  const title = t(`rights.take.${step}`);
  const take = intention(`/api/clients/${encodeURIComponent(id)}/rights`);
  const made = sheet({
    pieces: pieces(step),
    submit: title,
    send: (body) => take({ step, ...body }),
    after: (answer) => {
      sayDone(answer, t("rights.done"));
      return () => go(back);
    },
    words: { wrong_step: t("rights.wrong_step"), out_of_range: t("rights.past") },
  });
  return screenOf({ title, back, backWords: t("rights.back_one"), about: t(`rights.about.${step}`) }, made);
}

/** @param {string} step */
function pieces(step) {
  const reason = text("reason", t("rights.reason"), { hint: t("rights.reason_hint") });
  if (step === "mark") return [choice("ground", t("rights.ground"), options("erasure_ground", GROUNDS)), reason];
  if (step === "hold") return [reason, day("until", t("rights.until"), { hint: t("rights.until_hint") })];
  return [reason];
}
