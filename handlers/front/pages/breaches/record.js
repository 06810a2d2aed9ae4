// The register: all breaches, one of them with its clock, what is due and what happened, and the form of a step.

import { everything, get } from "../../core/api.js";
import { now } from "../../core/clock.js";
import { called, dutchTime, h } from "../../core/show.js";
import { ask } from "../../core/dialog.js";
import { form } from "../../core/form.js";
import { badge, guard, loading, rows, table } from "../../core/pieces.js";
import { thisMinute } from "../../core/moment.js";
import { intention, sayDone } from "../../core/once.js";
import { go } from "../../core/router.js";
import { t } from "../../core/words.js";
import { control, crumb, explain, object, unclear } from "./facts.js";
import { blocks, dueSteps, inWords, steps } from "./schema.js";
/** @import { Child, Screen } from "../../core/types.js" */
/** @import { Breach, Step } from "./types.js" */

const HOUR = 3_600_000;

/** @returns {Screen} */
export function breaches() {
  const title = t("breach.title");
  const report = h("a", { class: "button primary", href: "#/suspicion" }, t("breach.report_one"));
  const list = loading(
    () => everything("/api/breaches"),
    (items) =>
      items.length === 0 ? h("div", { class: "card empty" }, h("p", {}, t("breach.none"))) : h("div", { class: "card" }, listed(items)),
  );
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("breach.body"))), report);
  return { title, element: h("section", {}, head, list.element) };
}

/** @param {any[]} items */
function listed(items) {
  const columns = ["breach.what", "breach.noticed", "breach.stage", "breach.due"].map((key) => ({ words: t(key) }));
  return table({ caption: t("breach.title"), columns, rows: items.map(row) });
}

/** @param {any} item @returns {Child[]} */
function row({ id, suspicion, stage, report_due_at: due }) {
  const what = h("a", { href: `#/breaches/${id}` }, suspicion.what.split("\n")[0].slice(0, 120));
  return [
    what,
    dutchTime(suspicion.noticed_at),
    stageBadge(stage),
    due ? dutchTime(due) : t(stage === "suspected" ? "breach.no_clock_yet" : "breach.no_clock_more"),
  ];
}

/** @param {string} stage */
function stageBadge(stage) {
  const kinds = /** @type {Record<string, "bad" | "warn" | "plain">} */ ({
    suspected: "warn",
    aware: "bad",
    assessed: "bad",
    dismissed: "plain",
    closed: "plain",
  });
  return badge(t(`breach_stage.${stage}`), kinds[stage]);
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function breach({ id = "" }) {
  const title = t("breach.one");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const whole = loading(
    async () => /** @type {Breach} */ ((await get(path)).data),
    (found) => [clock(found), next(found), papers(found), history(found)],
  );
  const back = h("p", { class: "crumb" }, h("a", { href: "#/breaches" }, t("breach.back")));
  return { title, element: h("section", {}, back, h("h1", {}, title), whole.element) };
}

/** @param {Breach} found */
function clock({ stage, record, report_due_at: due, dora }) {
  const items = [
    { label: t("breach.stage"), value: stageBadge(stage) },
    { label: t("breach.what"), value: record.suspicion.what },
    { label: t("breach.noticed"), value: dutchTime(record.suspicion.noticed_at) },
    { label: t("breach.reported_at"), value: dutchTime(record.reported_at) },
  ];
  if (record.aware) items.push({ label: t("breach.aware"), value: dutchTime(record.aware.at) });
  if (dora)
    items.push({
      label: t("breach.dora"),
      value: h(
        "span",
        { class: "long" },
        t("breach.dora_times", {
          first: dutchTime(dora.first_by),
          interim: dutchTime(dora.interim_by),
          final: dutchTime(dora.final_by),
        }),
      ),
    });
  return h("div", { class: "fields" }, due && countdown(due), rows(items));
}

/** @param {string} due */
function countdown(due) {
  const hours = Math.floor((Date.parse(due) - now()) / HOUR);
  const words = hours < 0 ? t("breach.late", { due: dutchTime(due) }) : t("breach.left", { count: hours, due: dutchTime(due) });
  return h("div", { class: `notice ${hours < 24 ? "bad" : "warn"}` }, h("p", {}, h("strong", {}, words)), h("p", {}, t("breach.in_parts")));
}

/** @param {Breach} found */
function next({ id, stage, record }) {
  const { ahead, beside } = dueSteps(stage, record.decision?.decision === "reported");
  const link = (/** @type {string} */ step, /** @type {string} */ look) =>
    h("a", { class: `button ${look}`, href: `#/breaches/${id}/step/${step}` }, t(`breach.take.${step}`));
  const buttons = [...ahead.map((step) => link(step, "primary")), ...beside.map((step) => link(step, ""))];
  return h(
    "section",
    { class: "card no-print", "aria-labelledby": "next" },
    h("h2", { id: "next" }, t("breach.next")),
    h("div", { class: "actions" }, ...buttons),
  );
}

/** @param {Breach} found */
function papers({ id, record }) {
  const link = (/** @type {string} */ to, /** @type {string} */ words) => h("li", {}, h("a", { href: `#/breaches/${id}/${to}` }, words));
  const sent = record.reports.map(({ number, report, sent_at: at }) =>
    link(`report/${number}`, t("breach.report_sent", { number, kind: t(`report_kind.${report}`), at: dutchTime(at) })),
  );
  const affected = record.affected
    ? t("breach.affected_known", { files: record.affected.files, advisers: record.affected.advisers.length })
    : t("breach.affected");
  const links = [
    link("facts", t("breach.facts")),
    link("affected", affected),
    link("letters", t("breach.letters")),
    link("report", t("breach.report_now")),
    ...sent,
  ];
  return h(
    "section",
    { class: "card no-print", "aria-labelledby": "papers" },
    h("h2", { id: "papers" }, t("breach.papers")),
    h("ul", { class: "list" }, ...links),
  );
}

/** @param {Breach} found */
function history(found) {
  const items = found.steps.map((step) =>
    h(
      "li",
      {},
      h("p", {}, h("strong", {}, t(`breach.step.${step.event.step}`))),
      h("p", { class: "soft" }, whenAndWho(step)),
      ...details(step),
    ),
  );
  return h(
    "section",
    { class: "card", "aria-labelledby": "history" },
    h("h2", { id: "history" }, t("breach.history")),
    h("ol", { class: "list steps" }, ...items),
  );
}

/** @param {Step} step */
function whenAndWho({ at, by_name: name, by_username: username }) {
  return t("breach.by", { at: dutchTime(at), who: name === null ? t("breach.itself") : called(name, username) });
}

/** @param {Step} step @returns {Child[]} */
function details({ event }) {
  const fields = steps[event.step];
  if (fields)
    return fields
      .filter(({ name }) => event[name] !== undefined)
      .map((field) => h("p", {}, `${t(`breach.label.${field.name}`)}: ${inWords(field, event[field.name])}`));
  return [remark(event)].filter((words) => words !== null).map((words) => h("p", {}, words));
}

/** @param {Step["event"]} event @returns {string | null} */
function remark(event) {
  if (event.step === "facts_changed")
    return event.blocks
      .map((/** @type {string} */ name) => t(`breach.block.${blocks.some((block) => block.name === name) ? name : "law"}`))
      .join(", ");
  if (event.step === "report_sent")
    return t("breach.report_sent", {
      number: event.content.kind.number,
      kind: t(`report_kind.${event.content.kind.report}`),
      at: dutchTime(event.sent_at),
    });
  if (event.step === "affected_attached")
    return t("breach.affected_known", { files: event.affected.files, advisers: event.affected.advisers.length });
  if (event.step === "keys_attached") return keysInWords(event.keys);
  if (event.step === "letter_sent") return called(event.letter.found.display_name, event.letter.found.username);
  if (event.step === "reminder_claimed") return t("breach.hours", { count: event.hours });
  return event.step === "notice_posted" ? t("breach.recipients", { count: event.to.length }) : null;
}

/** @param {{ vault_reachable: boolean, keys: { reading: string }[] }} keys */
export function keysInWords({ vault_reachable: reachable, keys }) {
  const readable = keys.filter(({ reading }) => reading === "readable").length;
  return t(reachable ? "breach.keys_known" : "breach.keys_unreachable", { count: keys.length, readable });
}

/** What is done again is done once more; everything else is decided. */
const LIGHT = ["annotated", "closed", "reopened"];

/** The form of a step. @param {Record<string, string>} parameters @returns {Screen} */
export function takeStep({ id = "", step = "" }) {
  const title = steps[step] ? t(`breach.take.${step}`) : t("breach.one");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const { element } = loading(
    () => get(path),
    () => {
      const controls = (steps[step] ?? []).map((described) => ({ described, control: control(described, preset(step, described.name)) }));
      const before = JSON.stringify(object(controls));
      const send = intention(`${path}/steps`);
      let isSent = false;
      const isDirty = () => !isSent && JSON.stringify(object(controls)) !== before;
      const made = form({
        fields: () => controls.flatMap(({ control }) => control.fields()),
        check: () => unclear(controls),
        content: [
          h(
            "div",
            { class: "fields" },
            h("p", { class: "soft" }, t(`breach.about.${step}`)),
            ...controls.map(({ control }) => control.element),
          ),
        ],
        submit: t("breach.take_it"),
        ...(!LIGHT.includes(step) && {
          sure: () =>
            ask({
              name: "breach_step",
              title,
              body: t(step === "became_aware" ? "breach.sure_clock" : "breach.sure"),
              confirm: t("breach.take_it"),
              danger: true,
            }),
        }),
        actions: [h("a", { class: "button", href: `#/breaches/${id}` }, t("app.cancel"))],
        onProblem: explain,
        async onSubmit() {
          const answer = await send({ step, ...object(controls) });
          isSent = true;
          sayDone(answer, t("breach.taken"));
          return () => go(`breaches/${id}`);
        },
      });
      return h("div", { class: "card narrow" }, watch({ ...made, isDirty }));
    },
  );
  return { title, element: h("section", {}, crumb(id), h("h1", {}, title), element), ...guarded };
}

/** What a box holds at first: now, but nothing that would say that somebody was told. @param {string} step @param {string} name */
function preset(step, name) {
  return step === "became_aware" && name === "at" ? thisMinute() : undefined;
}
