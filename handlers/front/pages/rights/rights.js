// The rights of the person in one file: how it stands, what can be decided, what was decided and why, erasing it, and who did what with it.

import { get, post, Problem } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { refusedAt } from "../../core/form.js";
import { intention, isUncertain, sayDone } from "../../core/once.js";
import { pages } from "../../core/paged.js";
import { badge, guard, loading, rows, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { called, dateTime, fill, h, longDate } from "../../core/show.js";
import { optionsOf, t } from "../../core/words.js";
import { choice, day, password, said, screenOf, sheet, text, tick } from "./sheet.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Actor, Note, Rights, Trace } from "./types.js" */

const STEPS = "restrict release hold lift_hold mark withdraw".split(" ");

/** @param {Record<string, string>} parameters @returns {Screen} */
export function rights({ id = "" }) {
  const title = t("rights.title");
  const name = h("p", { class: "whose", translate: "no" });
  const shown = loading(
    () => rightsOf(id),
    (found) => {
      fill(name, found.name);
      return [state(id, found), ways(id), erasure(id, found), history(found.notes)];
    },
  );
  const crumb = h("p", { class: "crumb" }, h("a", { href: `#/clients/${id}` }, t("rights.back")));
  const head = h("div", { class: "page-head" }, h("div", {}, crumb, h("h1", {}, title), name));
  return { title, element: h("section", {}, head, h("p", { class: "soft" }, t("rights.body")), shown.element) };
}

/** @param {string} id @param {Rights} found */
function state(id, { restricted, held, marked, keep_until: keep }) {
  const way = (/** @type {string} */ step) => h("a", { href: `#/clients/${id}/rights/step/${step}` }, t(`rights.take.${step}`));
  const kept = held && badge(held.until ? t("rights.until_day", { date: longDate(held.until) }) : t("rights.held"), "warn");
  return rows([
    {
      label: t("rights.use"),
      value: restricted ? badge(t("rights.restricted"), "warn") : t("rights.free"),
      action: way(restricted ? "release" : "restrict"),
    },
    {
      label: t("rights.hold"),
      value: kept ?? t("rights.not_held"),
      action: held ? h("div", { class: "actions" }, way("hold"), way("lift_hold")) : way("hold"),
    },
    {
      label: t("rights.erasure"),
      value: marked ? [badge(t("rights.marked"), "warn"), " ", said(`erasure_ground.${marked}`)] : t("rights.not_marked"),
      action: way(marked ? "withdraw" : "mark"),
    },
    {
      label: t("rights.term"),
      value: keep ? t("rights.until_day", { date: longDate(keep) }) : t("rights.no_term"),
      action: h("a", { href: "#/requests/retention" }, t("rights.see_retention")),
    },
  ]);
}

/** @param {string} id */
function ways(id) {
  const way = (/** @type {string} */ to, /** @type {string} */ key) =>
    h("li", {}, h("a", { href: `#/${to}` }, t(`rights.${key}`)), h("p", { class: "soft" }, t(`rights.${key}_short`)));
  const below = `clients/${id}/rights`;
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("rights.ways")),
    h(
      "ul",
      { class: "list how" },
      way(`${below}/report`, "report"),
      way(`${below}/portability`, "portability"),
      way(`${below}/trail`, "trail"),
      way(`requests/new/${id}`, "request"),
    ),
  );
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
  if (!STEPS.includes(step))
    return {
      title: t("rights.title"),
      element: h("section", {}, h("h1", {}, t("rights.title")), h("p", {}, h("a", { href: `#/${back}` }, t("rights.back_one")))),
    };
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
  if (step === "mark") return [choice("ground", t("rights.ground"), optionsOf("erasure_ground")), reason];
  if (step === "hold") return [reason, day("until", t("rights.until"), { hint: t("rights.until_hint") })];
  return [reason];
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function erase({ id = "" }) {
  const back = `clients/${id}/rights`;
  const { watch, ...guarded } = guard();
  const { element } = loading(
    () => rightsOf(id),
    (found) => {
      const inTheWay = obstacles(found);
      if (inTheWay.length > 0) return h("div", { class: "fields" }, ...listed(inTheWay));
      const made = question(id, found.name);
      return h(
        "div",
        { class: "fields" },
        h("p", { translate: "no" }, t("rights.erase_whose", { name: found.name, ground: said(`erasure_ground.${found.marked}`) })),
        watch(made),
      );
    },
  );
  return screenOf(
    { title: t("rights.erase"), back, backWords: t("rights.back_one"), about: t("rights.erase_body") },
    { element, ...guarded },
  );
}

/** @param {string} id @param {string} name */
function question(id, name) {
  const secret = password();
  let isUnheard = false;

  /** What is gone after no answer was erased by this. @param {unknown} body */
  async function send(body) {
    try {
      return await post(`/api/clients/${encodeURIComponent(id)}/erasure`, body);
    } catch (error) {
      const isGone = isUncertain(error) ? await gone(id) : isUnheard && isMissing(error);
      isUnheard ||= isUncertain(error);
      if (!isGone) throw error;
      return undefined;
    }
  }

  return sheet({
    pieces: [secret, tick("no_legal_duty", t("rights.no_legal_duty"))],
    submit: t("rights.erase"),
    danger: true,
    sure: () =>
      ask({
        name: "file_erase",
        title: t("rights.erase_title", { name }),
        body: t("rights.erase_sure"),
        confirm: t("rights.erase"),
        danger: true,
      }),
    send,
    after: () => {
      say(t("rights.erased"));
      return () => go("clients");
    },
    onProblem: refusedAt({ password: secret.field }),
  });
}

/** @param {string} id @returns {Promise<boolean>} not when nobody can tell */
function gone(id) {
  return get(`/api/clients/${encodeURIComponent(id)}/rights`).then(() => false, isMissing);
}

/** @param {unknown} error */
function isMissing(error) {
  return error instanceof Problem && error.code === "not_found";
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function trail({ id = "" }) {
  const title = t("rights.trail");
  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: `#/clients/${id}/rights` }, t("rights.back_one")));
  const list = pages({
    path: `/api/clients/${encodeURIComponent(id)}/trail`,
    listed: traced,
    none: t("rights.nothing"),
    more: t("rights.older"),
  });
  return {
    title,
    element: h(
      "section",
      {},
      crumb,
      h("h1", {}, title),
      h("p", { class: "soft" }, t("rights.trail_body")),
      h("div", { class: "card" }, list),
    ),
  };
}

/** @param {Trace[]} traces */
function traced(traces) {
  const columns = [t("rights.when"), t("rights.what"), t("rights.by"), t("account.ip")].map((words) => ({ words }));
  return table({ caption: t("rights.trail"), columns, rows: traces.map(trace) });
}

/** @param {Trace} trace */
function trace({ at, deed, by, former }) {
  return [
    dateTime(at),
    said(`deed.${deed}`),
    h("span", {}, whom(by), former && " ", former && badge(t("rights.former"), "plain")),
    by.kind === "adviser" ? (by.ip ?? t("account.unknown")) : "",
  ];
}

/** @param {Actor} by */
function whom(by) {
  if (by.kind !== "adviser") return said(`trail_actor.${by.kind}`);
  const name = by.name === null ? t("rights.somebody") : called(by.name, by.username);
  return by.current_session ? t("rights.this_session", { name }) : name;
}

/** @param {string} id @returns {Promise<Rights>} */
export async function rightsOf(id) {
  return (await get(`/api/clients/${encodeURIComponent(id)}/rights`)).data;
}

/** Why a file cannot be erased now, in sentences. @param {Rights} found */
export function obstacles({ marked, held, restricted }) {
  const kept = held?.until ? t("rights.held_first_until", { date: longDate(held.until) }) : t("rights.held_first");
  return [marked === null && t("rights.mark_first"), held !== null && kept, restricted && t("rights.release_first")].filter(
    (words) => words !== false,
  );
}

/** @param {string[]} inTheWay */
export function listed(inTheWay) {
  return [h("p", {}, t("rights.in_the_way")), h("ul", { class: "list" }, ...inTheWay.map((words) => h("li", {}, words)))];
}

/** The newest first. @param {Note[]} notes */
export function history(notes) {
  if (notes.length === 0) return h("div", { class: "card" }, h("h2", {}, t("rights.history")), h("p", {}, t("rights.nothing")));
  const columns = ["when", "what", "reason"].map((key) => ({ words: t(`rights.${key}`) }));
  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("rights.history")),
    table({ caption: t("rights.history"), columns, rows: notes.map(row).reverse() }),
  );
}

/** @param {Note} note */
function row({ at, step, reason, ground, until }) {
  const more = [ground && said(`erasure_ground.${ground}`), until && t("rights.until_day", { date: longDate(until) })]
    .filter(Boolean)
    .join(", ");
  return [dateTime(at), [said(`rights_step.${step}`), more].filter(Boolean).join(": "), h("span", { class: "long" }, reason)];
}
