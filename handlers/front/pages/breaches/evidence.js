// Who was affected, looked up in the trail a page at a time, and the state of the keys; both are attached as a step.

import { everything, get, post, sentence } from "../../core/api.js";
import { called, dutchTime, fill, h } from "../../core/show.js";
import { form } from "../../core/form.js";
import { intention } from "../../core/once.js";
import { busyButton, loading, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { t } from "../../core/words.js";
import { control, crumb, explain, object, unclear } from "./facts.js";
import { keysInWords } from "./record.js";
/** @import { Onward, Screen } from "../../core/types.js" */
/** @import { Account, Affected, Breach, Description } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function affected({ id = "" }) {
  const title = t("breach.affected");
  const path = `/api/breaches/${encodeURIComponent(id)}`;
  const load = () => Promise.all([get(path), everything("/api/accounts")]);
  const { element } = loading(load, ([{ data }, accounts]) => [search(path, id, data, accounts), keys(path, id)]);
  return { title, element: h("section", {}, crumb(id), h("h1", {}, title), h("p", { class: "soft" }, t("breach.affected_body")), element) };
}

/** @param {string} path @param {string} id @param {Breach} found @param {Account[]} accounts */
function search(path, id, { record }, accounts) {
  const times = record.facts.timeline ?? {};
  const { from, until, accounts: before = [], sessions, addresses } = record.affected?.window ?? {};
  /** @type {[Description, any][]} */
  const described = [
    [{ name: "from", kind: "moment", required: true }, from ?? times.started_at],
    [{ name: "until", kind: "moment", required: true }, until ?? times.ended_at],
    [{ name: "sessions", kind: "marks", hint: "breach.hint_sessions" }, sessions],
    [{ name: "addresses", kind: "marks", hint: "breach.hint_addresses" }, addresses],
  ];
  const controls = described.map(([field, value]) => ({ described: field, control: control(field, value) }));
  const people = whose(accounts, before);
  const place = h("div", { class: "fields", role: "status" });
  const { element } = form({
    fields: () => controls.flatMap(({ control }) => control.fields()),
    check: () => unclear(controls),
    content: [h("div", { class: "fields" }, ...controls.map(({ control }) => control.element), people.element)],
    submit: t("breach.look"),
    async onSubmit() {
      fill(place);
      const asked = { ...object(controls), accounts: people.chosen() };
      const answer = await page(
        place,
        () => post(`${path}/affected`, asked),
        (cursor) => post(`${path}/affected`, { cursor }),
      );
      fill(place, outcome(answer.affected), attach(path, id, answer.cursor));
    },
    // Several in one box: the box is named once.
    onProblem: (problem) => {
      const named = new Map(problem.errors.map(({ pointer, code }) => [pointer.replace(/\/\d+$/, ""), code]));
      problem.errors = [...named].map(([pointer, code]) => ({ pointer, code }));
      return explain(problem);
    },
  });
  return h("section", { class: "card" }, h("h2", {}, t("breach.search")), element, place);
}

/** The advisers to choose from; those of the search before are chosen. @param {Account[]} accounts @param {string[]} before */
function whose(accounts, before) {
  const advisers = accounts.filter(({ role }) => role === "adviser");
  const ticks = advisers.map(({ id, display_name: name, username }) => {
    const input = h("input", { type: "checkbox", name: id, checked: before.includes(id) });
    return { input, element: h("label", { class: "check", translate: "no" }, input, called(name, username)) };
  });
  const box = h("fieldset", {}, h("legend", { class: "visually-hidden" }, t("breach.whose")), ...ticks.map(({ element }) => element));
  const element = h(
    "details",
    { open: before.length > 0 },
    h("summary", {}, t("breach.whose")),
    h("p", { class: "hint" }, t("breach.hint_whose")),
    box,
  );
  return {
    element,
    chosen: () =>
      ticks
        .map(({ input }) => input)
        .filter(({ checked }) => checked)
        .map(({ name }) => name),
  };
}

/**
 * Asks on until nothing is left to look at.
 * @param {HTMLElement} place
 * @param {() => Promise<{ data: any }>} first
 * @param {(cursor: string) => Promise<{ data: any }>} more
 */
async function page(place, first, more) {
  let { data } = await first();
  while (!data.finished) {
    fill(place, h("p", {}, t("breach.looked", { done: data.done ?? data.keys.keys.length })));
    ({ data } = await more(data.cursor));
  }
  return data;
}

/** @param {Affected} found */
function outcome({ advisers, files }) {
  if (advisers.length === 0) return h("p", {}, t("breach.nobody"));
  const columns = [
    { words: t("breach.adviser") },
    ...["breach.files", "breach.opened", "breach.exported", "breach.changed", "breach.handed_over", "breach.deleted"].map((key) => ({
      words: t(key),
      amount: true,
    })),
    { words: t("breach.first") },
    { words: t("breach.last") },
  ];
  const rows = advisers.map((one) => [
    called(one.display_name, one.username),
    one.files,
    one.opened,
    one.exported ?? "–",
    one.changed,
    one.handed_over ?? "–",
    one.deleted ?? "–",
    dutchTime(one.first_at),
    dutchTime(one.last_at),
  ]);
  return h(
    "div",
    { class: "fields" },
    h("p", {}, t("breach.affected_known", { files, advisers: advisers.length })),
    table({ caption: t("breach.affected"), columns, rows }),
  );
}

/** @param {string} path @param {string} id @param {string} cursor */
function attach(path, id, cursor) {
  const wrong = h("p", { class: "error", role: "alert", hidden: true });
  const ask = intention(`${path}/evidence`);
  const button = busyButton(t("breach.attach"), send, "primary");
  /** @returns {Promise<Onward | void>} */
  async function send() {
    try {
      await ask({ cursor });
      say(t("breach.attached"));
      return () => go(`breaches/${id}`);
    } catch (error) {
      wrong.hidden = false;
      fill(wrong, sentence(error));
    }
  }
  return h("div", { class: "fields" }, wrong, h("p", {}, button));
}

/** @param {string} path @param {string} id */
function keys(path, id) {
  const place = h("div", { class: "fields", role: "status" });
  const { element } = form({
    fields: () => [],
    content: [h("p", {}, t("breach.keys_body"))],
    submit: t("breach.keys_look"),
    async onSubmit() {
      const answer = await page(
        place,
        () => post(`${path}/keys`, {}),
        (cursor) => post(`${path}/keys`, { cursor }),
      );
      fill(place, h("p", {}, keysInWords(answer.keys)), keyTable(answer.keys.keys), attach(path, id, answer.cursor));
    },
  });
  return h("section", { class: "card" }, h("h2", {}, t("breach.keys")), element, place);
}

/** @param {{ usage: string, id: string, active: boolean | null, created_at: string | null, version: string | null, reading: string }[]} all */
function keyTable(all) {
  const columns = ["breach.key", "breach.key_use", "breach.key_made", "breach.key_version", "breach.key_reading"].map((key) => ({
    words: t(key),
  }));
  const rows = all.map((key) => [
    key.id,
    t(`key_use.${key.usage}`),
    key.created_at && dutchTime(key.created_at),
    key.version?.slice(-12),
    t(`key_reading.${key.reading}`),
  ]);
  return table({ caption: t("breach.keys"), columns, rows });
}
