// One sub-processor: what is known of it, publishing it, and ending its use.

import { get, sentence } from "../../core/api.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { today } from "../../core/moment.js";
import { intention, isDone, sayDone } from "../../core/once.js";
import { badge, busyButton, guard, loading, rows, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { called, date, dateTime, fill, h, longDate, typedDate } from "../../core/show.js";
import { parseDate } from "../../core/values.js";
import { knows, t, valuesOf } from "../../core/words.js";
import { fieldWords } from "./fields.js";
import { countries, deadlineWords, said, saidAll, stageBadge } from "./words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Entry, Processor, Step } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function page({ id = "" }) {
  const title = t("processors.one");
  const heading = h("h1", {}, title);
  const refusal = h("div", { class: "notice bad", role: "alert", hidden: true });
  const post = intention(`/api/processors/${encodeURIComponent(id)}/publish`);
  let stage = "";
  const shown = loading(
    () => get(`/api/processors/${encodeURIComponent(id)}`),
    ({ data, etag }) => {
      fill(heading, data.entry.party.name);
      stage = data.stage;
      return whole(data, () => publish(data.entry.party.name, etag));
    },
    12,
  );

  /** @param {string} name @param {string | null} etag */
  async function publish(name, etag) {
    refusal.hidden = true;
    const isHere = thisVisit();
    if (
      !(await ask({
        name: "processor_publish",
        title: t("processors.publish_title", { name }),
        body: t("processors.publish_body"),
        confirm: t("processors.publish"),
      }))
    )
      return;
    /** @type {unknown} */
    let wrong = null;
    try {
      await post(undefined, { headers: { "if-match": etag ?? "" } });
    } catch (error) {
      wrong = error;
    }
    if (!isHere()) return;
    await shown.reload();
    heading.focus();
    refusal.hidden = isDone(wrong, stage === "published");
    if (refusal.hidden) say(t("processors.published"));
    else fill(refusal, h("p", {}, sentence(wrong)));
  }

  const crumb = h("p", { class: "crumb" }, h("a", { href: "#/processors" }, t("processors.back")));
  return { title, element: h("section", {}, crumb, heading, refusal, shown.element) };
}

/** @param {Processor} found @param {() => Promise<void>} publish */
function whole(found, publish) {
  const { id, stage, entry, ending, missing, steps } = found;
  const way = (/** @type {string} */ to, /** @type {string} */ key, kind = "") =>
    h("a", { class: `button ${kind}`, href: `#/processors/${id}/${to}` }, t(key));
  const press = busyButton(t("processors.publish"), publish, "primary");
  const actions =
    stage !== "ended" &&
    h(
      "div",
      { class: "actions" },
      stage === "draft" && missing.length === 0 && press,
      way("edit", "processors.edit"),
      way("end", "processors.end", "danger-quiet"),
    );
  const lacks = stage === "draft" && missing.length > 0;
  const names = [...new Set(missing.map(({ pointer }) => fieldWords(pointer)))];
  const list =
    lacks &&
    h(
      "div",
      { class: "notice warn fields" },
      h("h2", {}, t("processors.missing")),
      h("ul", { class: "list" }, ...names.map((name) => h("li", {}, name))),
    );
  const ended =
    ending && h("div", { class: "notice" }, h("p", {}, t("processors.ended_on", { date: longDate(ending.on) }), " ", ending.reason));
  return [h("p", {}, stageBadge(stage)), list, ended, actions, rows(facts(entry)), history(steps)];
}

/** @param {Entry} entry */
function facts(entry) {
  const { party, agreement = {}, consent = {}, evidence = [] } = entry;
  const day = (/** @type {string | undefined} */ on) => on && date(on);
  const contact = [party.contact_name, party.contact_email, party.contact_phone].filter(Boolean).join(", ");
  const all = agreement.holds?.length === valuesOf("agreement_topic").length;
  const signed = [agreement.version && t("processors.version_is", { version: agreement.version }), day(agreement.signed_on)]
    .filter(Boolean)
    .join(", ");
  /** @type {[string, string | undefined][]} */
  const told = [
    ["/party/address", party.address],
    ["/party/contact_name", contact],
    ["/service", entry.service],
    ["/data", saidAll("processed_data", entry.data)],
    ["/subjects", saidAll("data_subjects", entry.subjects)],
    ["/countries", countries(entry.countries)],
    ["/transfer", entry.transfer && said("transfer_basis", entry.transfer)],
    ["/starts_on", day(entry.starts_on)],
    ["/ends_on", day(entry.ends_on)],
    ["/agreement/signed_on", signed],
    ["/agreement/file_sha256", agreement.file_sha256],
    ["/agreement/holds", all ? t("processors.holds_all") : saidAll("agreement_topic", agreement.holds)],
    ["/consent/permission", consent.permission && said("permission", consent.permission)],
    ["/consent/customers_told_on", day(consent.customers_told_on)],
    ["/consent/objection_days", consent.objection_days?.toString()],
    [
      "/consent/objections",
      (consent.objections ?? [])
        .map(({ received_on: on, from, outcome }) => [day(on), from, outcome].filter(Boolean).join(", "))
        .join("; "),
    ],
    [
      "/evidence",
      evidence
        .map(({ kind, reference, expires_on: until }) =>
          [kind && said("evidence_kind", kind), reference, day(until)].filter(Boolean).join(", "),
        )
        .join("; "),
    ],
    ["/last_review_on", day(entry.last_review_on)],
    ["/next_review_on", day(entry.next_review_on)],
    ["/notes", entry.notes],
  ];
  return told.map(([pointer, value]) => ({ label: fieldWords(pointer), value: value || badge(t("processors.open"), "plain") }));
}

/** @param {Step[]} steps */
function history(steps) {
  const columns = ["when", "what", "by"].map((key) => ({ words: t(`processors.${key}`) }));
  const happened = steps.map((step, index) => [
    dateTime(step.at),
    what(step, steps.slice(0, index)),
    step.by_name === null ? t("processors.program") : called(step.by_name, step.by_username),
  ]);
  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("processors.history")),
    table({ caption: t("processors.history"), columns, rows: happened.reverse() }),
  );
}

/** @param {Step} step @param {Step[]} before */
function what({ event }, before) {
  const words = knows(`processor_step.${event.step}`) ? t(`processor_step.${event.step}`) : event.step;
  if (event.step === "changed" && event.entry)
    return `${words}: ${changed(before.findLast((step) => step.event.entry)?.event.entry, event.entry)}`;
  if (event.step === "ended") return `${words}: ${event.reason}`;
  if (event.reminder) return `${words}: ${deadlineWords(event.reminder.deadline)}`;
  return words;
}

/** The fields that differ. @param {Entry | undefined} before @param {Entry} after */
function changed(before, after) {
  const [old, fresh] = [flat(before ?? { party: {} }), flat(after)];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].filter((key) => old[key] !== fresh[key]);
  return keys.length === 0 ? t("processors.nothing") : keys.map(fieldWords).join(", ");
}

/** Values by their pointers, lists as one. @param {object} entry @param {string} [at] @returns {Record<string, string>} */
function flat(entry, at = "") {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value === "object" && !Array.isArray(value)) Object.assign(found, flat(value, `${at}/${key}`));
    else found[`${at}/${key}`] = JSON.stringify(value);
  }
  return found;
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function ending({ id = "" }) {
  const title = t("processors.end");
  const path = `/api/processors/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const shown = loading(
    () => get(path),
    ({ data, etag }) => {
      const on = field({
        name: "on",
        label: t("processors.last_day"),
        hint: t("file.hint.date"),
        required: true,
        isFormed: true,
        width: "short",
        value: typedDate(today()),
      });
      const reason = field({ name: "reason", label: t("processors.reason"), type: "textarea", rows: 3, required: true });
      const send = intention(`${path}/end`);
      const proposed = on.value();
      let done = false;
      const made = form({
        fields: () => [on, reason],
        content: [on.element, reason.element],
        submit: t("processors.end"),
        danger: true,
        sure: () =>
          ask({
            name: "processor_end",
            title: t("processors.end_title", { name: data.entry.party.name }),
            body: t("processors.end_sure"),
            confirm: t("processors.end"),
            danger: true,
          }),
        check: () => (parseDate(on.value()) === undefined && on.value() !== "" ? [{ field: on, words: t("file.wrong.date") }] : []),
        onSubmit: async () => {
          const answer = await send({ on: parseDate(on.value()), reason: reason.value() }, { headers: { "if-match": etag ?? "" } });
          done = true;
          sayDone(answer, t("processors.ended"));
          return () => go(`processors/${id}`);
        },
        onProblem: (problem) => {
          for (const error of problem.errors) if (error.code === "out_of_range") error.words = t("processors.before_start");
          return false;
        },
      });
      return watch({ ...made, isDirty: () => !done && (reason.value() !== "" || on.value() !== proposed) });
    },
  );
  const crumb = h("p", { class: "crumb" }, h("a", { href: `#/processors/${id}` }, t("processors.back_one")));
  const element = h(
    "section",
    { class: "narrow" },
    crumb,
    h("h1", {}, title),
    h("p", {}, t("processors.end_body")),
    h("div", { class: "card" }, shown.element),
  );
  return { title, element, ...guarded };
}
