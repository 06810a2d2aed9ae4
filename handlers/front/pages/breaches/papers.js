// The papers of a breach: the notification for the authority, as it would be sent now or as it was sent, and the letters to advisers.

import { get, sentence } from "../../core/api.js";
import { called, dutchTime, fill, h } from "../../core/show.js";
import { ask } from "../../core/dialog.js";
import { intention } from "../../core/once.js";
import { badge, busyButton, loading, rows, say } from "../../core/pieces.js";
import { language, t } from "../../core/words.js";
import { isFree } from "./duties.js";
import { crumb } from "./facts.js";
import { blocks, inWords, steps } from "./schema.js";
/** @import { Child, Screen } from "../../core/types.js" */
/** @import { Breach, Letter } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function report({ id = "", number = "" }) {
  const title = number === "" ? t("breach.report_now") : t("breach.report");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const load = async () => {
    const [whole, draft] = await Promise.all([get(path), number === "" ? get(`${path}/report`) : null]);
    return { whole: /** @type {Breach} */ (whole.data), content: draft?.data ?? sentReport(whole.data, number) };
  };
  const paper = loading(load, ({ whole, content }) => {
    if (!content) return h("p", {}, t("problem.not_found"));
    const others = number === "" && isFree(whole.record) && h("p", { class: "notice warn no-print" }, t("breach.not_yours"));
    return [others, ...printed(content)];
  });
  return onPaper(id, title, t("breach.report_body"), paper.element);
}

/** A notification as it was sent. @param {Breach} whole @param {string} number */
function sentReport({ steps }, number) {
  const found = steps
    .map(({ event }) => event)
    .find(({ step, content }) => step === "report_sent" && String(content.kind.number) === number);
  return found?.["content"];
}

/** @param {string} id of the breach @param {string} title @param {string} why @param {HTMLElement} paper @returns {Screen} */
function onPaper(id, title, why, paper) {
  const intro = h("p", { class: "soft no-print" }, why);
  return { title, element: h("section", {}, crumb(id), h("h1", {}, title), printButton(), intro, paper) };
}

function printButton() {
  return h("p", { class: "actions" }, h("button", { type: "button", onclick: () => print() }, t("app.print")));
}

/** @param {any} content */
function printed(content) {
  const { kind } = content;
  const head = [
    { label: t("breach.label.report"), value: t(`report_kind.${kind.report}`) },
    {
      label: t("breach.number"),
      value: kind.earlier ? t("breach.number_after", { number: kind.number, earlier: kind.earlier }) : String(kind.number),
    },
    { label: t("breach.label.ap_reference"), value: kind.earlier_reference },
    { label: t("breach.label.last"), value: t(kind.last ? "breach.yes" : "breach.no") },
    { label: t("breach.label.legal_basis"), value: kind.legal_basis && t(`legal_basis.${kind.legal_basis}`) },
  ];
  return [
    block("law", head),
    ...blocks
      .filter(({ name }) => name !== "")
      .map(({ name, fields }) => {
        const facts = content[name].facts ?? content[name];
        const known = fields.map((field) => ({
          label: t(`breach.label.${field.name}`),
          value: facts[field.name] === undefined ? undefined : inWords(field, facts[field.name]),
        }));
        return block(name, [...known, ...settled(name, content[name])]);
      }),
  ];
}

/** What the steps settled, which no fact says. @param {string} name @param {any} content */
function settled(name, content) {
  if (name === "timeline")
    return [
      { label: t("breach.aware"), value: content.aware_at && dutchTime(content.aware_at) },
      { label: t("breach.label.late_reason"), value: content.late_reason },
    ];
  if (name === "informing" && content.decision) {
    const step = content.decision.decision === "told" ? "people_told" : "people_not_told";
    return [
      { label: t("breach.decision"), value: t(`breach.step.${step}`) },
      ...(steps[step] ?? []).map((field) => ({
        label: t(`breach.label.${field.name}`),
        value: inWords(field, content.decision[field.name]),
      })),
    ];
  }
  if (name !== "cross_border") return [];
  return content.authorities.map((/** @type {any} */ told) => ({
    label: t(`authority.${told.authority}`),
    value: `${dutchTime(told.at)}, ${told.reference}`,
  }));
}

/** @param {string} name @param {{ label: string, value: Child }[]} items */
function block(name, items) {
  return h(
    "section",
    { class: "fields" },
    h("h2", {}, t(`breach.block.${name}`)),
    rows(items.map(({ label, value }) => ({ label, value: value ?? t("breach.unfilled") }))),
  );
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function letters({ id = "" }) {
  const title = t("breach.letters");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const load = async () => {
    const [drafts, whole] = await Promise.all([get(`${path}/letters`), get(path)]);
    return { drafts: /** @type {Letter[]} */ (drafts.data.items), whole: /** @type {Breach} */ (whole.data) };
  };
  /** @type {() => Promise<void>} */
  let reload = async () => {};
  const list = loading(load, ({ drafts, whole }) => {
    if (drafts.length === 0) return h("div", { class: "notice" }, h("p", {}, t("breach.no_letters")));
    return drafts.map((letter) => draft(path, letter, whole, () => reload()));
  });
  reload = list.reload;
  return onPaper(id, title, t("breach.letters_body"), list.element);
}

/** @param {string} path @param {Letter} letter @param {Breach} whole @param {() => Promise<void>} reload */
function draft(path, letter, { record, stage, steps: taken }, reload) {
  const sent = record.letters.filter(({ account }) => account === letter.account).at(-1);
  const wrong = h("p", { class: "error", role: "alert", hidden: true });
  const mayBeSent = !["suspected", "dismissed", "closed"].includes(stage);
  const post = intention(`${path}/letters`);
  const name = called(letter.found.display_name, letter.found.username);
  const button = mayBeSent && busyButton(t("breach.send", { name }), send, "primary");
  async function send() {
    const sure = await ask({
      name: "letter_send",
      title: t("breach.send_title", { name }),
      body: t("breach.send_body", { name }),
      confirm: t("breach.send_yes"),
    });
    if (!sure) return;
    try {
      await post({ account: letter.account });
      say(t("breach.sent"));
      await reload();
    } catch (error) {
      wrong.hidden = false;
      fill(wrong, sentence(error));
    }
  }
  const { subject, paragraphs } = letter[language()];
  const state = sent ? badge(t("breach.sent_at", { at: dutchTime(sent.written_at) })) : badge(t("breach.not_sent"), "warn");
  return h(
    "article",
    { class: "card" },
    h("h2", {}, name),
    h("p", { class: "no-print" }, state),
    letter.due_at && h("p", { class: "no-print" }, dueWords(sent && asSent(taken, sent.number))),
    h("h3", {}, subject),
    ...paragraphs.map((text) => h("p", { class: "side-value" }, text)),
    wrong,
    button && h("div", { class: "actions" }, button),
  );
}

/** A letter as it was sent. @param {Breach["steps"]} taken @param {number} number @returns {Letter | undefined} */
function asSent(taken, number) {
  return taken.find(({ event }) => event.step === "letter_sent" && event["letter"].number === number)?.event["letter"];
}

/** How long the adviser's firm has. @param {Letter | undefined} sent */
function dueWords(sent) {
  return sent?.due_at ? t("breach.letter_due", { due: dutchTime(sent.due_at) }) : t("breach.letter_will_be_due");
}
