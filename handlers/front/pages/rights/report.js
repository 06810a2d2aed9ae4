// What the person whose file it is gets of it: the report (art. 15 GDPR), printed or saved, and the data to take elsewhere (art. 20 GDPR).

import { post, sentence } from "../../core/api.js";
import { refusedAt } from "../../core/form.js";
import { keep, rows, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { dateTime, fill, h, longDate } from "../../core/show.js";
import { knows, t } from "../../core/words.js";
import { entries, sections, way } from "../client_file/schema.js";
import { history } from "./rights.js";
import { choice, coded, password, said, screenOf, sheet } from "./sheet.js";
/** @import { Child, Screen } from "../../core/types.js" */
/** @import { Report } from "./types.js" */
/** @import { Description, Entry, Section } from "../client_file/types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function report({ id = "" }) {
  const title = t("rights.report");
  const wrong = h("p", { class: "error", role: "alert", hidden: true });
  const heading = h("h1", {}, title);
  const make = h("button", { type: "button", class: "primary", onclick: () => void press() }, t("rights.make_report"));
  const place = h(
    "div",
    { class: "loaded" },
    h("p", { class: "soft" }, t("rights.report_body")),
    wrong,
    h("div", { class: "actions" }, make),
  );

  async function press() {
    wrong.hidden = true;
    make.setAttribute("aria-busy", "true");
    try {
      const { data } = await post(`/api/clients/${encodeURIComponent(id)}/report`);
      fill(place, tools(data), ...paper(data));
      heading.focus();
    } catch (problem) {
      fill(wrong, sentence(problem));
      wrong.hidden = false;
      make.removeAttribute("aria-busy");
    }
  }

  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: `#/clients/${id}/rights` }, t("rights.back_one")));
  return { title, element: h("section", {}, crumb, heading, place) };
}

/** @param {Report} made */
function tools(made) {
  const save = () =>
    keep(new Blob([JSON.stringify(made, null, 2)], { type: "application/json" }), `finrust-${t("rights.report_name")}.json`);
  const print = h("button", { type: "button", class: "primary", onclick: () => globalThis.print() }, t("app.print"));
  return h(
    "div",
    { class: "fields no-print" },
    h("p", { class: "notice warn" }, t("rights.report_warning")),
    h("div", { class: "actions" }, print, h("button", { type: "button", onclick: save }, t("rights.save_report"))),
  );
}

/** @param {Report} made */
export function paper(made) {
  const { adviser, controller, retention } = made;
  const about = rows([
    { label: t("rights.made_at"), value: dateTime(made.made_at) },
    ...(controller ? [{ label: t("rights.controller"), value: responsible(controller) }] : []),
    { label: t("rights.adviser"), value: `${adviser.name}, ${adviser.email}` },
    { label: t("rights.purposes"), value: coded("purpose", made.purposes) },
    { label: t("rights.sources"), value: coded("data_source", made.sources) },
    {
      label: t("rights.term"),
      value: retention
        ? t("rights.kept", { date: longDate(retention.keep_until), count: retention.months, reason: retention.reason })
        : t("rights.no_term"),
    },
    { label: t("rights.rights"), value: coded("subject_right", made.rights) },
    { label: t("rights.automated"), value: t(made.automated_decisions ? "rights.automated_yes" : "rights.automated_no") },
  ]);
  return [
    h("p", {}, t("rights.paper_body", { adviser: adviser.name, email: adviser.email })),
    about,
    ...sections.map((section) => filePart(section, made.client)),
    recipients(made),
    looks(made),
    asked(made),
    history(made.notes),
  ];
}

/** @param {{ name: string, address: string }} controller */
function responsible({ name, address }) {
  return t("rights.controller_is", { firm: [name, ...address.split("\n")].join(", ") });
}

/** One section of the file, when there is something in it. @param {Section} section @param {Report["client"]} client */
function filePart(section, client) {
  const all = entries(section, client);
  const found = all.map((entry) => values(section, entry)).filter((one) => one.length > 0);
  if (found.length === 0) return null;
  const title = t(`file.section.${section.name}`);
  if (section.shape !== "list")
    return h(
      "section",
      { class: "fields" },
      h("h2", {}, title),
      rows(found.flat().map(({ label, value }) => ({ label, value: h("span", { class: "long" }, value) }))),
    );
  const columns = section.fields.map(({ name, kind }) => ({
    words: labelled(name),
    amount: kind === "amount" || kind === "percent",
  }));
  const cells = all.map((entry) =>
    section.fields.map(
      (field) => entry[field.name] !== undefined && h("span", { class: "long" }, way(field).words(entry[field.name], field)),
    ),
  );
  return h("section", { class: "card" }, h("h2", {}, title), table({ caption: title, columns, rows: cells }));
}

/** What paper calls a field: a printed value has its unit itself, and its reader is not who filled it in. @param {string} name */
function labelled(name) {
  return t(knows(`rights.label.${name}`) ? `rights.label.${name}` : `file.label.${name}`);
}

/** @param {Section} section @param {Entry} entry */
function values({ fields }, entry) {
  const known = fields.filter(({ name }) => entry[name] !== undefined);
  return known.map((field) => ({ label: labelled(field.name), value: way(field).words(entry[field.name], field) }));
}

/** @type {Description} */
const COUNTRY = { name: "country", kind: "country" };

/** @param {Report} made */
function recipients({ recipients: all }) {
  const cells = all.map((one) => [
    one.name,
    one.service,
    coded("recipient_data", one.data),
    one.countries.map((code) => way(COUNTRY).words(code, COUNTRY)).join(", "),
    one.transfer === null ? t("rights.no_transfer") : said(`recipient_transfer.${one.transfer}`),
  ]);
  return list("recipients", ["recipient", "service", "data", "countries", "transfer"], cells);
}

/** @param {Report} made */
function looks({ trail: all }) {
  return list(
    "looks",
    ["when", "what", "by"],
    all.map(({ at, deed, by, former }) => [
      dateTime(at),
      said(`deed.${deed}`),
      [by ?? t("rights.nobody"), former && `(${t("rights.former")})`].filter(Boolean).join(" "),
    ]),
  );
}

/** @param {Report} made */
function asked({ requests: all }) {
  return list(
    "requests",
    ["received_on", "kind", "due_on", "state"],
    all.map((one) => [
      longDate(one.received_on),
      said(`request_kind.${one.kind}`),
      longDate(one.due_on),
      said(`request_state.${one.state}`),
    ]),
  );
}

/** @param {string} key @param {string[]} columns @param {Child[][]} cells */
function list(key, columns, cells) {
  const title = t(`rights.${key}`);
  const content =
    cells.length === 0
      ? h("p", {}, t("rights.none"))
      : table({ caption: title, columns: columns.map((column) => ({ words: t(`rights.${column}`) })), rows: cells });
  return h("section", { class: "card" }, h("h2", {}, title), content);
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function portability({ id = "" }) {
  const back = `clients/${id}/rights`;
  const format = choice("format", t("rights.format"), [
    ["json", t("rights.json")],
    ["csv", t("rights.csv")],
  ]);
  const secret = password();
  const made = sheet({
    pieces: [format, secret],
    submit: t("rights.portability"),
    send: async (body) =>
      keep(
        (await post(`/api/clients/${encodeURIComponent(id)}/portability`, body, { asFile: true })).data,
        `finrust-${t("rights.file_name")}.${format.field.value()}`,
      ),
    after: () => {
      say(t("rights.saved"));
      return () => go(back);
    },
    onProblem: refusedAt({ password: secret.field }),
  });
  return screenOf({ title: t("rights.portability"), back, backWords: t("rights.back_one"), about: t("rights.portability_body") }, made);
}
