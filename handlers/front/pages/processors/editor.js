// Entering a sub-processor, and rewriting an entry.

import { get } from "../../core/api.js";
import { h } from "../../core/show.js";
import { form } from "../../core/form.js";
import { intention, overwriting } from "../../core/once.js";
import { guard, loading, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { readEmail, readPhone } from "../../core/values.js";
import { t } from "../../core/words.js";
import { box, codes, day, fingerprint, isNoDay, one, rowsOf, some } from "./fields.js";
/** @import { Problem } from "../../core/api.js" */
/** @import { Child, Guarded, Screen } from "../../core/types.js" */
/** @import { Entry, Piece } from "./types.js" */

/** @returns {Screen} */
export function newEntry() {
  const draft = intention("/api/processors");
  /** @type {(ReturnType<typeof overwriting> & { id: string }) | null} */
  let made = null;
  const sheet = editor({ party: {} }, "processors.draft", async (entry) => {
    if (made === null) {
      const { data, etag, asTyped } = await draft(entry);
      if (asTyped) return data.id;
      made = { id: data.id, ...overwriting(`/api/processors/${data.id}`, etag, contents) };
    }
    // What was changed since it was sent first is written over that.
    await made.write(entry);
    return made.id;
  });
  return screen(t("processors.add"), "processors", sheet);
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function editEntry({ id = "" }) {
  const path = `/api/processors/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const shown = loading(
    () => get(path),
    ({ data, etag }) => {
      const { write, isOpen } = overwriting(path, etag, contents);
      const sheet = editor(
        data.entry,
        "app.save",
        async (entry) => {
          if (sheet.isDirty()) await write(entry);
          return id;
        },
        isOpen,
      );
      return watch(sheet);
    },
    12,
  );
  return screen(t("processors.edit"), `processors/${id}`, { ...guarded, element: shown.element });
}

/** What of an answer is written. @param {{ entry: Entry }} data */
function contents({ entry }) {
  return entry;
}

/** @param {string} title @param {string} back @param {Guarded} made @returns {Screen} */
function screen(title, back, { element, ...guarded }) {
  const crumb = h("p", { class: "crumb" }, h("a", { href: `#/${back}` }, t("processors.back_one")));
  return { title, element: h("section", {}, crumb, h("h1", {}, title), element), ...guarded };
}

/**
 * @param {Entry} entry @param {string} submit key of the button's words
 * @param {(entry: Entry) => Promise<string>} send answers the id
 * @param {() => boolean} [isOpen] whether nobody knows what is stored
 */
function editor(entry, submit, send, isOpen = () => false) {
  const { cards, pieces } = sheet(entry);
  const read = () => {
    /** @type {Entry} */
    const written = { party: {} };
    for (const piece of pieces()) piece.write(written);
    return written;
  };
  let begun = JSON.stringify(read());
  const made = form({
    fields: () => pieces().map(({ field }) => field),
    content: cards,
    submit: t(submit),
    check: () =>
      pieces()
        .filter(isNoDay)
        .map(({ field }) => ({ field, words: t("file.wrong.date") })),
    onSubmit: async () => {
      const id = await send(read());
      begun = JSON.stringify(read());
      say(t("app.saved"));
      return () => go(`processors/${id}`);
    },
    onProblem: (problem) => explain(problem),
  });

  /** A code in a list is typed in the box of the whole list; dates have words of their own. @param {Problem} problem */
  function explain(problem) {
    if (problem.code === "version_mismatch") {
      made.complain(t("processors.changed_meanwhile"));
      return true;
    }
    for (const error of problem.errors) {
      error.pointer = error.pointer.replace(/^\/(countries|data|subjects|agreement\/holds)\/\d+$/, "/$1");
      if (error.code === "out_of_range" && error.pointer.endsWith("_on")) error.words = t("processors.too_early");
      if (error.pointer === "/countries" && error.code === "invalid_format") error.words = t("processors.countries_wrong");
    }
    return false;
  }

  return { ...made, isDirty: () => isOpen() || JSON.stringify(read()) !== begun };
}

/** All boxes, in cards. @param {Entry} entry */
function sheet(entry) {
  const { party, agreement = {}, consent = {} } = entry;
  const name = box("/party/name", { value: party.name, required: true, width: "w-12" });
  const who = [
    name,
    box("/party/address", { value: party.address, width: "w-12" }),
    box("/party/contact_name", { value: party.contact_name, width: "w-4" }),
    box("/party/contact_email", { value: party.contact_email, inputmode: "email", isFormed: true, width: "w-4", write: readEmail }),
    box("/party/contact_phone", { value: party.contact_phone, inputmode: "tel", isFormed: true, width: "w-4", write: readPhone }),
  ];
  const what = [
    box("/service", { value: entry.service, hint: t("processors.service_hint"), width: "w-12" }),
    some("/data", "processed_data", entry.data),
    some("/subjects", "data_subjects", entry.subjects),
    codes("/countries", entry.countries),
    one("/transfer", "transfer_basis", entry.transfer),
    day("/starts_on", entry.starts_on),
    day("/ends_on", entry.ends_on),
  ];
  const agreed = [
    box("/agreement/version", { value: agreement.version, width: "w-4" }),
    day("/agreement/signed_on", agreement.signed_on),
    fingerprint("/agreement/file_sha256", agreement.file_sha256),
    some("/agreement/holds", "agreement_topic", agreement.holds),
  ];
  const customers = [
    one("/consent/permission", "permission", consent.permission),
    day("/consent/customers_told_on", consent.customers_told_on),
    box("/consent/objection_days", {
      value: consent.objection_days?.toString(),
      inputmode: "numeric",
      width: "w-4",
      write: (typed) => (/^\d{1,4}$/.test(typed.trim()) ? Number(typed) : typed),
    }),
  ];
  const reviews = [
    day("/last_review_on", entry.last_review_on),
    day("/next_review_on", entry.next_review_on),
    box("/notes", { value: entry.notes, type: "textarea", rows: 3, width: "w-12" }),
  ];
  const objections = rowsOf({
    pointer: "/consent/objections",
    add: t("processors.add_objection"),
    values: consent.objections ?? [],
    make: (at, value = {}) => [
      day(`${at}/received_on`, value.received_on),
      box(`${at}/from`, { value: value.from, width: "w-6" }),
      box(`${at}/outcome`, { value: value.outcome, type: "textarea", rows: 2, width: "w-12" }),
    ],
  });
  const evidence = rowsOf({
    pointer: "/evidence",
    add: t("processors.add_evidence"),
    values: entry.evidence ?? [],
    make: (at, value = {}) => [
      one(`${at}/kind`, "evidence_kind", value.kind),
      box(`${at}/reference`, { value: value.reference, width: "w-6" }),
      day(`${at}/expires_on`, value.expires_on),
    ],
  });
  name.field.input.dataset.first = "";
  const pieces = () => [...who, ...what, ...agreed, ...customers, ...objections.pieces(), ...evidence.pieces(), ...reviews];
  const cards = [
    card("who", who),
    card("what", what),
    card("agreed", agreed),
    card("customers", customers, objections.element),
    card("checks", [], evidence.element),
    card("reviews", reviews),
  ];
  return { cards, pieces };
}

/** @param {string} key @param {Piece[]} pieces @param {...Child} more */
function card(key, pieces, ...more) {
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t(`processors.part_${key}`)),
    h("div", { class: "boxes" }, ...pieces.map(({ field }) => field.element)),
    ...more,
  );
}
