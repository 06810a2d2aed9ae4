// What people ask about their data: all requests with their deadlines, entering one, and what is done about it.

import { everything, get } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { fillFromFile } from "../../core/form.js";
import { today } from "../../core/moment.js";
import { intention, sayDone } from "../../core/once.js";
import { guard, loading, rows, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { knowTime } from "../../core/session.js";
import { date, dutchTime, h } from "../../core/show.js";
import { optionsOf, t } from "../../core/words.js";
import { rightsOf } from "./rights.js";
import { box, choice, day, dueBadge, said, screenOf, sheet, text } from "./sheet.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Piece, Request, RequestItem, RequestStep } from "./types.js" */

/** @returns {Screen} */
export function requests() {
  const title = t("requests.title");
  const add = h("a", { class: "button primary", href: "#/requests/new" }, t("rights.request"));
  const list = loading(() => everything("/api/requests"), listed);
  const kept = h("p", {}, h("a", { href: "#/requests/retention" }, t("rights.see_retention")));
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("requests.body"))), add);
  return { title, element: h("section", {}, head, list.element, kept) };
}

/** @param {RequestItem[]} items */
function listed(items) {
  if (items.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("requests.none")));
  const columns = [t("requests.name"), t("rights.kind"), t("rights.received_on"), t("rights.due_on"), t("rights.state")].map((words) => ({
    words,
  }));
  const row = (/** @type {RequestItem} */ one) => [
    h("a", { href: `#/requests/${one.id}` }, one.name),
    said(`request_kind.${one.kind}`),
    date(one.received_on),
    date(one.due_on),
    dueBadge(one),
  ];
  return h("div", { class: "card" }, table({ caption: t("requests.title"), columns, rows: items.map(row) }));
}

/** @param {Record<string, string>} parameters `client`: the file that it is about @returns {Screen} */
export function newRequest({ client }) {
  const title = t("rights.request");
  const back = client === undefined ? "requests" : `clients/${client}/rights`;
  const { watch, ...guarded } = guard();
  const { element } = loading(
    async () => (await knowTime(), client === undefined ? "" : (await rightsOf(client)).name),
    (name) => {
      const made = entry(name, client);
      return watch(made);
    },
  );
  const backWords = t(client === undefined ? "requests.back" : "rights.back_one");
  return screenOf({ title, back, backWords, about: t("requests.new_body") }, { element, ...guarded });
}

/** @param {string} name @param {string} [client] */
function entry(name, client) {
  const enter = intention("/api/requests");
  return sheet({
    pieces: [
      choice("kind", t("rights.kind"), optionsOf("request_kind")),
      box({ name: "name", label: t("requests.name"), value: name, required: true }),
      day("received_on", t("rights.received_on"), { value: today(), required: true }),
      text("remarks", t("requests.remarks"), { required: false }),
    ],
    submit: t("rights.request"),
    send: (body) => enter({ ...body, client }),
    after: (answer) => {
      sayDone(answer, t("rights.done"));
      return () => go(`requests/${answer.data.id}`);
    },
  });
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function request({ id = "" }) {
  const title = t("requests.one");
  const { element } = loading(
    async () => /** @type {Request} */ ((await get(`/api/requests/${encodeURIComponent(id)}`)).data),
    (found) => [facts(found), remedies(found.steps), ways(found), history(found.steps)],
  );
  const crumb = h("p", { class: "crumb" }, h("a", { href: "#/requests" }, t("requests.back")));
  return { title, element: h("section", {}, crumb, h("h1", {}, title), element) };
}

/** @param {Request} found */
function facts(found) {
  const file = found.client !== null && h("a", { href: `#/clients/${found.client}/rights` }, t("requests.see_file"));
  return rows([
    { label: t("rights.state"), value: dueBadge(found) },
    { label: t("rights.due_on"), value: date(found.due_on) },
    { label: t("rights.kind"), value: said(`request_kind.${found.kind}`) },
    { label: t("requests.name"), value: found.name, action: file },
    { label: t("rights.received_on"), value: date(found.received_on) },
    ...(found.remarks === null ? [] : [{ label: t("requests.remarks"), value: found.remarks }]),
  ]);
}

/** What a client who does not get everything has to be told (art. 12(4) GDPR), in words to hand on. @param {RequestStep[]} steps */
function remedies(steps) {
  if (!steps.some(({ decision }) => decision === "partly" || decision === "refused")) return null;
  return h("div", { class: "notice" }, h("p", {}, h("strong", {}, t("requests.remedies"))), h("p", {}, t("requests.remedies_body")));
}

/** What can be done now (art. 12(3) GDPR: longer once, within the first month). @param {Request} found */
function ways({ id, state, due_on: due, steps }) {
  const mayExtend = steps.every(({ step }) => step !== "extend") && today() <= due;
  const open = mayExtend ? ["answer", "identify", "extend"] : ["answer", "identify"];
  const all = [...(state === "open" ? open : []), "tell", "note"];
  const links = all.map((step) =>
    h("a", { class: `button ${step === "answer" ? "primary" : ""}`, href: `#/requests/${id}/${step}` }, t(`requests.take.${step}`)),
  );
  return h("section", { class: "card no-print" }, h("h2", {}, t("requests.next")), h("div", { class: "actions" }, ...links));
}

/** The newest first. @param {RequestStep[]} steps */
function history(steps) {
  const columns = ["when", "what", "by"].map((key) => ({ words: t(`rights.${key}`) }));
  const happened = steps.map((step) => [dutchTime(step.at), h("span", { class: "long" }, what(step)), step.by ?? t("rights.somebody")]);
  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("rights.history")),
    table({ caption: t("rights.history"), columns, rows: happened.reverse() }),
  );
}

/** @param {RequestStep} step */
function what({ step, how, months, reason, decision, copy_sha256: copy, recipients, text: note }) {
  const longer = months && t(months === 1 ? "requests.one_month" : "requests.two_months");
  const details = [
    decision && said(`request_decision.${decision}`),
    longer,
    how,
    reason,
    recipients?.join(", "),
    note,
    copy && t("requests.copy_is", { copy }),
  ].filter(Boolean);
  return [said(`request_step.${step}`), details.join("; ")].filter(Boolean).join(": ");
}

/** The form of a step. @param {Record<string, string>} parameters @returns {Screen} */
export function takeRequestStep({ id = "", step = "" }) {
  const back = `requests/${id}`;
  const pieces = forms[step]?.();
  const title = pieces ? t(`requests.take.${step}`) : t("requests.one");
  const place = { title, back, backWords: t("requests.back_one"), about: pieces ? t(`requests.about.${step}`) : "" };
  if (pieces === undefined) return screenOf(place, { element: h("p", {}, t("problem.not_found")) });
  const path = `/api/requests/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const { element } = loading(
    () => get(path),
    ({ data, etag }) => {
      const take = intention(`${path}/steps`);
      const made = sheet({
        pieces,
        submit: title,
        ...(DECIDED.includes(step) && {
          sure: () =>
            ask({
              name: "request_step",
              title: t("requests.sure_title", { what: title, name: data.name }),
              body: t("requests.sure"),
              confirm: title,
              danger: true,
            }),
        }),
        send: (body) => take({ step, ...body }, { headers: { "if-match": etag ?? "" } }),
        after: (answer) => {
          sayDone(answer, t("rights.done"));
          return () => go(back);
        },
        words: { version_mismatch: t("requests.changed_meanwhile") },
      });
      return watch(made);
    },
  );
  return screenOf(place, { element, ...guarded });
}

/** What cannot be decided again. */
const DECIDED = ["extend", "answer"];

/** The boxes of each step. @type {Record<string, () => Piece[]>} */
const forms = {
  identify: () => [text("how", t("requests.how"), { hint: t("requests.how_hint") })],
  extend: () => [months(), text("reason", t("rights.reason"))],
  answer: () => [
    choice("decision", t("requests.decision"), optionsOf("request_decision")),
    text("reason", t("rights.reason"), { required: false, hint: t("requests.reason_hint") }),
    copy(),
  ],
  tell: () => [recipients()],
  note: () => [text("text", t("requests.text"))],
};

/** @returns {Piece} */
function months() {
  const { field } = choice("months", t("requests.months"), [
    ["1", t("requests.one_month")],
    ["2", t("requests.two_months")],
  ]);
  return { field, read: Number };
}

/** One on a line. */
function recipients() {
  const { field } = text("recipients", t("requests.recipients"), { hint: t("requests.recipients_hint") });
  return {
    field,
    read: (/** @type {string} */ typed) =>
      typed
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
  };
}

/** The fingerprint of what was sent; the file itself never leaves the machine. */
function copy() {
  const piece = box({ name: "copy_sha256", label: t("requests.copy"), hint: t("requests.copy_hint") });
  fillFromFile(piece.field, t("requests.copy_pick"));
  return piece;
}
