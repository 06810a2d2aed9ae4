// What the report for the person says.

import { date, dateTime, h, t } from "../../core/show.js";
import { rows, table } from "../../core/pieces.js";
import { entries, sections, way } from "../client_file/schema.js";
import { history } from "./file.js";
import { coded, said } from "./words.js";
/** @import { Child } from "../../core/types.js" */
/** @import { Description, Entry, Section } from "../client_file/types.js" */
/** @import { Report } from "./types.js" */

/** @param {Report} made */
export function paper(made) {
  const { adviser, retention } = made;
  const about = rows([
    { label: t("rights.made_at"), value: dateTime(made.made_at) },
    { label: t("rights.adviser"), value: `${adviser.name}, ${adviser.email}` },
    { label: t("rights.purposes"), value: coded("purpose", made.purposes) },
    { label: t("rights.sources"), value: coded("data_source", made.sources) },
    { label: t("rights.term"), value: retention ? t("rights.kept", { date: date(retention.keep_until), months: retention.months, reason: retention.reason }) : t("rights.no_term") },
    { label: t("rights.rights"), value: coded("subject_right", made.rights) },
    { label: t("rights.automated"), value: t(made.automated_decisions ? "rights.automated_yes" : "rights.automated_no") },
  ]);
  return [about, ...sections.map((section) => filePart(section, made.client)), recipients(made), looks(made), asked(made), history(made.notes)];
}

/** One section of the file, when there is something in it. @param {Section} section @param {Report["client"]} client */
function filePart(section, client) {
  const all = entries(section, client);
  const found = all.map((entry) => values(section, entry)).filter((one) => one.length > 0);
  if (found.length === 0) return null;
  const title = t(`file.section.${section.name}`);
  if (section.shape !== "list") return h("section", { class: "fields" }, h("h2", {}, title), rows(found.flat().map(({ label, value }) => ({ label, value: h("span", { class: "long" }, value) }))));
  const columns = section.fields.map(({ name, kind }) => ({ words: t(`file.label.${name}`), amount: kind === "amount" || kind === "percent" }));
  const cells = all.map((entry) => section.fields.map((field) => entry[field.name] !== undefined && h("span", { class: "long" }, way(field).words(entry[field.name], field))));
  return h("section", { class: "card" }, h("h2", {}, title), table({ caption: title, columns, rows: cells }));
}

/** @param {Section} section @param {Entry} entry */
function values({ fields }, entry) {
  const known = fields.filter(({ name }) => entry[name] !== undefined);
  return known.map((field) => ({ label: t(`file.label.${field.name}`), value: way(field).words(entry[field.name], field) }));
}

/** @type {Description} */
const COUNTRY = { name: "country", kind: "country" };

/** @param {Report} made */
function recipients({ recipients: all }) {
  const cells = all.map((one) => [one.name, one.service, coded("recipient_data", one.data), one.countries.map((code) => way(COUNTRY).words(code, COUNTRY)).join(", "), one.transfer === null ? t("rights.no_transfer") : said(`recipient_transfer.${one.transfer}`)]);
  return list("recipients", ["recipient", "service", "data", "countries", "transfer"], cells);
}

/** @param {Report} made */
function looks({ trail: all }) {
  return list("looks", ["when", "what", "by"], all.map(({ at, deed, by, former }) => [dateTime(at), said(`deed.${deed}`), [by ?? t("rights.nobody"), former && `(${t("rights.former")})`].filter(Boolean).join(" ")]));
}

/** @param {Report} made */
function asked({ requests: all }) {
  return list("requests", ["received_on", "kind", "due_on", "state"], all.map((one) => [date(one.received_on), said(`request_kind.${one.kind}`), date(one.due_on), said(`request_state.${one.state}`)]));
}

/** @param {string} key @param {string[]} columns @param {Child[][]} cells */
function list(key, columns, cells) {
  const title = t(`rights.${key}`);
  const content = cells.length === 0 ? h("p", {}, t("rights.none")) : table({ caption: title, columns: columns.map((column) => ({ words: t(`rights.${column}`) })), rows: cells });
  return h("section", { class: "card" }, h("h2", {}, title), content);
}
