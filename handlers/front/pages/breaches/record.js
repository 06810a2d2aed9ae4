// The register: all breaches, one of them with its clock, what is due and what happened, and the form of a step.

import { everything, get } from "../../core/api.js";
import { now } from "../../core/clock.js";
import { called, dutchTime, fill, h } from "../../core/show.js";
import { ask } from "../../core/dialog.js";
import { form } from "../../core/form.js";
import { badge, guard, loading, rows, table } from "../../core/pieces.js";
import { thisMinute } from "../../core/moment.js";
import { intention, sayDone } from "../../core/once.js";
import { go } from "../../core/router.js";
import { t, valuesOf } from "../../core/words.js";
import { clockOf, hasToInform, isFree, onlyInforms, uninformed } from "./duties.js";
import { control, crumb, explain, object, unclear } from "./facts.js";
import { blocks, dueSteps, inWords, steps } from "./schema.js";
/** @import { Child, Screen } from "../../core/types.js" */
/** @import { Breach, Description, Step } from "./types.js" */

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
function row({ id, suspicion, stage, report_due_at: due, letters_due: informs }) {
  const what = h("a", { href: `#/breaches/${id}` }, suspicion.what.split("\n")[0].slice(0, 120));
  return [
    what,
    dutchTime(suspicion.noticed_at),
    informs ? informingBadge() : stageBadge(stage),
    due ? dutchTime(due) : t(`breach.no_clock_${informs ? "advisers" : stage === "suspected" ? "yet" : "more"}`),
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

/** In place of the stage, where others decide whether to notify. */
function informingBadge() {
  return badge(t("breach.informing"), "bad");
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
function clock(found) {
  const { stage, record, report_due_at: due, dora } = found;
  const items = [
    { label: t("breach.stage"), value: onlyInforms(found) ? informingBadge() : stageBadge(stage) },
    { label: t("breach.what"), value: record.suspicion.what },
    { label: t("breach.noticed"), value: dutchTime(record.suspicion.noticed_at) },
    { label: t("breach.reported_at"), value: dutchTime(record.reported_at) },
  ];
  if (record.aware) items.push({ label: t("breach.aware"), value: dutchTime(record.aware.at) });
  if (record.role) items.push({ label: t("breach.role"), value: t(`firm_role.${record.role}`) });
  if (record.concerns?.length) items.push({ label: t("breach.label.concerns"), value: inWords(concerned, record.concerns) });
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
  return h("div", { class: "fields" }, due && countdown(due), hasToInform(found) && informing(found), rows(items));
}

/** @type {Description} */
const concerned = { name: "concerns", kind: "choices", words: "breach_concern" };

/** The advisers of other firms, and who of them still has no message. @param {Breach} found */
function informing({ id, record }) {
  const left = uninformed(record);
  const to = (/** @type {string} */ part, /** @type {string} */ words) => h("p", {}, h("a", { href: `#/breaches/${id}/${part}` }, words));
  const free = isFree(record) && h("p", {}, t("breach.no_clock_why"));
  if (left?.length === 0)
    return h("div", { class: "notice" }, h("p", {}, h("strong", {}, t("breach.all_informed"))), free, to("letters", t("breach.letters")));
  const names = left?.map(({ display_name: name, username }) => h("li", {}, called(name, username))) ?? [];
  const whom = left
    ? [h("p", {}, t("breach.not_informed")), h("ul", { class: "list", translate: "no" }, ...names), to("letters", t("breach.letters"))]
    : [h("p", {}, t("breach.affected_first")), to("affected", t("breach.affected"))];
  return h("div", { class: "notice bad fields" }, h("p", {}, h("strong", {}, t("breach.inform"))), free, ...whom);
}

/** @param {string} due */
function countdown(due) {
  const hours = Math.floor((Date.parse(due) - now()) / HOUR);
  const words = hours < 0 ? t("breach.late", { due: dutchTime(due) }) : t("breach.left", { count: hours, due: dutchTime(due) });
  return h("div", { class: `notice ${hours < 24 ? "bad" : "warn"}` }, h("p", {}, h("strong", {}, words)), h("p", {}, t("breach.in_parts")));
}

/** @param {Breach} found */
function next(found) {
  const { id } = found;
  const { ahead, beside } = dueSteps(found);
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
    h("li", {}, h("p", {}, h("strong", {}, stepWords(step, found))), h("p", { class: "soft" }, whenAndWho(step)), ...details(step)),
  );
  return h(
    "section",
    { class: "card", "aria-labelledby": "history" },
    h("h2", { id: "history" }, t("breach.history")),
    h("ol", { class: "list steps" }, ...items),
  );
}

/** @param {Step} step @param {Breach} found */
function stepWords({ event }, { record }) {
  return t(event.step === "reminder_claimed" && isFree(record) ? "breach.reminder_inform" : `breach.step.${event.step}`);
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
      .filter(({ name }) => event[name] !== undefined && event[name].length !== 0)
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

/** Steps that a controller takes, and a processor of files alone does not have to. */
const CONTROLLERS = ["assessed", "reported", "not_reported", "people_told", "people_not_told"];

/** The form of a step. @param {Record<string, string>} parameters @returns {Screen} */
export function takeStep({ id = "", step = "" }) {
  const title = steps[step] ? t(`breach.take.${step}`) : t("breach.one");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const load = () => Promise.all([get(path), step === "became_aware" ? roleNow() : null]);
  const { element } = loading(load, ([{ data }, role]) => {
    const isOthers = CONTROLLERS.includes(step) && isFree(data.record);
    const fields = (steps[step] ?? []).filter(({ name }) => !isOthers || name !== "late_reason");
    const controls = fields.map((described) => ({ described, control: control(described, preset(step, described.name)) }));
    const before = JSON.stringify(object(controls));
    const send = intention(`${path}/steps`);
    let isSent = false;
    const isDirty = () => !isSent && JSON.stringify(object(controls)) !== before;
    const box = h(
      "div",
      { class: "fields" },
      h("p", { class: "soft" }, t(isOthers ? "breach.not_yours" : `breach.about.${step}`)),
      ...controls.map(({ control }) => control.element),
    );
    const concerns = () => /** @type {string[]} */ (/** @type {any} */ (object(controls)).concerns ?? []);
    if (step === "became_aware") box.append(clockToCome(box, () => clockOf(role, concerns())));
    const made = form({
      fields: () => controls.flatMap(({ control }) => control.fields()),
      check: () => unclear(controls),
      content: [box],
      submit: t("breach.take_it"),
      ...(!LIGHT.includes(step) && {
        // Another officer may have changed the role since.
        sure: async () =>
          ask({
            name: "breach_step",
            title,
            body: t(step === "became_aware" ? `breach.sure_clock.${clockOf(await roleNow(), concerns())}` : "breach.sure"),
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
  });
  return { title, element: h("section", {}, crumb(id), h("h1", {}, title), element), ...guarded };
}

/** The role of the firm that the step will fix. @returns {Promise<string | null>} */
async function roleNow() {
  return (await get("/api/organisation")).data.role;
}

/** Says which clock will run, by what is ticked. @param {HTMLElement} box @param {() => string} clock */
function clockToCome(box, clock) {
  const element = h("div", { class: "notice", role: "status" });
  const show = () => fill(element, h("p", {}, t(`breach.clock.${clock()}`)));
  box.addEventListener("change", show);
  show();
  return element;
}

/** What a box holds at first: now, and everything, but nothing that would say that somebody was told. @param {string} step @param {string} name */
function preset(step, name) {
  if (step !== "became_aware") return undefined;
  return name === "at" ? thisMinute() : valuesOf("breach_concern");
}
