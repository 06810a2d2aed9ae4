// The fields of a breach and of its steps, as data: forms and papers are made of it.

import { dutchTime, longDate } from "../../core/show.js";
import { t } from "../../core/words.js";
import { onlyInforms, uninformed } from "./duties.js";
/** @import { Block, Breach, Description, Kind } from "./types.js" */

/** @param {Kind} kind @returns {(name: string, more?: Partial<Description>) => Description} */
const of = (kind) => (name, more) => ({ name, kind, ...more });
const line = of("line");
const text = of("text");
const moment = of("moment");
const day = of("day");
const count = of("count");
const flag = of("flag");

/** @param {string} name @param {string} words of its closed set @param {Partial<Description>} [more] @returns {Description} */
const choice = (name, words, more) => ({ name, kind: "choice", words, ...more });
/** @param {string} name @param {string} words of its closed set @returns {Description} */
const choices = (name, words) => ({ name, kind: "choices", words });
/** @param {string} name @param {Description[]} fields @returns {Description} */
const list = (name, fields) => ({ name, kind: "list", fields });

const person = [line("name"), line("role"), line("phone"), line("email"), flag("data_protection_officer")];
const told = { hint: "breach.hint_summary" };

/** The facts, in the order of the form of the authority. @type {Block[]} */
export const blocks = [
  { name: "", fields: [choice("legal_basis", "legal_basis")] },
  {
    name: "organisation",
    fields: [
      line("name"),
      line("kvk_number"),
      line("address"),
      line("sector"),
      list("parties", [line("name"), choice("role", "party_role")]),
    ],
  },
  { name: "reporter", fields: person },
  { name: "contact", fields: person },
  {
    name: "timeline",
    fields: [moment("started_at"), moment("ended_at"), flag("unknown"), flag("ongoing"), moment("discovered_at"), line("discovered_by")],
  },
  {
    name: "incident",
    fields: [
      text("summary", told),
      choices("nature", "nature"),
      choice("cause", "cause"),
      text("cause_details"),
      choice("whereabouts", "whereabouts"),
      line("place_details"),
    ],
  },
  {
    name: "data",
    fields: [choices("ordinary", "ordinary_data"), choices("special", "special_data"), flag("criminal"), count("records")],
  },
  {
    name: "people",
    fields: [choices("groups", "people_group"), text("description", { hint: "breach.hint_group" }), count("minimum"), count("maximum")],
  },
  {
    name: "protection",
    fields: [text("measures"), choice("unreadable", "unreadable"), text("how"), choice("keys_safe", "keys_safe")],
  },
  {
    name: "effects",
    fields: [
      choices("harm", "harm"),
      choice("severity", "severity"),
      text("reasons"),
      text("confidentiality", told),
      text("integrity", told),
      text("availability", told),
    ],
  },
  { name: "actions", fields: [text("taken", told), list("planned", [line("what"), day("due")])] },
  { name: "informing", fields: [choice("informed", "informed"), text("intention"), day("intended_on")] },
  {
    name: "cross_border",
    fields: [flag("processing"), { name: "states", kind: "codes", hint: "breach.hint_states" }, line("lead_authority")],
  },
  {
    name: "other",
    fields: [list("attachments", [line("name"), line("sha256")]), text("remarks"), line("ap_reference"), moment("ap_received_at")],
  },
];

const required = { required: true };
const reason = text("reason", required);

/** What an officer fills in for a step. @type {Record<string, Description[]>} */
export const steps = {
  became_aware: [moment("at", { required: true, hint: "breach.hint_aware" }), choices("concerns", "breach_concern")],
  dismissed: [reason],
  annotated: [text("note", required)],
  assessed: [choice("risk", "risk", required), text("reasons", required)],
  reported: [
    choice("report", "report_kind", required),
    moment("sent_at", required),
    flag("last", required),
    text("late_reason", { hint: "breach.hint_late" }),
  ],
  not_reported: [reason],
  people_told: [moment("at", required), line("how", required), count("count", required), text("text", required)],
  people_not_told: [choice("ground", "why_not_told", required), reason],
  authority_told: [choice("authority", "authority", required), moment("at", required), line("reference", required)],
  closed: [text("conclusion", required)],
  reopened: [reason],
};

/** What may come next. @type {Record<string, string[]>} */
const due = {
  suspected: ["became_aware", "dismissed"],
  dismissed: ["reopened"],
  aware: ["assessed"],
  assessed: ["reported", "not_reported"],
  decided: ["people_told", "people_not_told"],
  informed: ["closed"],
  closed: ["reopened"],
};

/** The steps that may be taken; the first ones lead on. @param {Breach} found */
export function dueSteps(found) {
  const { stage, record } = found;
  const more = record.decision?.decision === "reported" ? ["reported"] : [];
  const others = stage === "suspected" || stage === "dismissed" ? [] : ["authority_told"];
  const beside = [...more, ...others, "annotated"];
  const ahead = due[stage] ?? [];
  if (!onlyInforms(found)) return { ahead, beside };
  return { ahead: uninformed(record)?.length === 0 ? ["closed"] : [], beside: [...ahead, ...beside] };
}

/** A value in words. @param {Description} description @param {any} value @returns {string} */
export function inWords({ kind, words, fields = [] }, value) {
  if (kind === "moment") return dutchTime(value);
  if (kind === "day") return longDate(value);
  if (kind === "flag") return t(value ? "breach.yes" : "breach.no");
  if (kind === "choice") return t(`${words}.${value}`);
  if (kind === "choices") return value.map((/** @type {string} */ one) => t(`${words}.${one}`)).join(", ");
  if (kind === "codes") return value.join(", ");
  if (kind === "list") return value.map((/** @type {any} */ row) => rowInWords(fields, row)).join("; ");
  return String(value);
}

/** @param {Description[]} fields @param {any} row */
function rowInWords(fields, row) {
  return fields
    .filter(({ name }) => row[name] !== undefined)
    .map((field) => inWords(field, row[field.name]))
    .join(", ");
}
