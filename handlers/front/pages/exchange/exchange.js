// Client files out of a table, and all of them as one document: imports and the way to a new one, and the export.

import { get, post, Problem, put, sentence } from "../../core/api.js";
import { field, form, passwordField, refusedAt } from "../../core/form.js";
import { intention } from "../../core/once.js";
import { badge, keep, loading, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { dateTime, fill, freshId, h } from "../../core/show.js";
import { t } from "../../core/words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Import } from "./types.js" */

/** @returns {Screen} */
export function exchange() {
  const title = t("exchange.title");
  const upload = uploadCard();
  const out = exportCard();
  const begun = loading(
    imports,
    (items) => (items.length > 0 ? h("div", { class: "card" }, h("h2", {}, t("exchange.begun")), listed(items)) : null),
    2,
  );
  const element = h("section", {}, h("h1", {}, title), upload.element, begun.element, out.element);
  return {
    title,
    element,
    isDirty: () => upload.isBusy() || out.isBusy(),
    losing: () => t(upload.isBusy() ? "exchange.losing_upload" : "exchange.losing_export"),
    leave: upload.stop,
  };
}

/** @returns {Promise<Import[]>} */
async function imports() {
  return (await get("/api/imports")).data.items;
}

/** @param {Import[]} items */
function listed(items) {
  const columns = ["file", "state", "until"].map((key) => ({ words: t(`exchange.${key}`) }));
  return table({ caption: t("exchange.begun"), columns, rows: items.map(row) });
}

/** @param {Import} one */
function row(one) {
  return [h("a", { href: `#/exchange/${one.id}` }, one.name), state(one), dateTime(one.expires_at)];
}

/** @param {Import} one */
function state({ finished, checked, done }) {
  if (finished) return badge(t("exchange.finished"));
  if (checked === null) return badge(t("exchange.sent"), "plain");
  if (!checked.importable) return badge(t("exchange.unusable"), "bad");
  return badge(t("exchange.at", { done, total: checked.total }), "warn");
}

/** What the server takes at most. */
const MAX_BYTES = 5 * 1024 * 1024;

/** @returns {{ element: HTMLElement, isBusy: () => boolean, stop: () => void }} */
export function uploadCard() {
  const id = freshId("file");
  const input = h("input", {
    id,
    type: "file",
    name: "file",
    accept: ".csv,.txt,.tsv,text/csv,text/plain",
    "aria-describedby": `${id}-hint ${id}-error`,
  });
  const error = h("p", { id: `${id}-error`, class: "error", role: "alert" });
  const button = h("button", { type: "submit", class: "primary" }, t("exchange.send"));
  const bar = h("progress", { max: 1, value: 0, "aria-label": t("exchange.sending") });
  const busy = h("div", { class: "fields", hidden: true }, h("p", { role: "status" }, t("exchange.sending")), bar);
  let begin = intention("/api/imports");
  let sending = false;
  let left = false;

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    const file = input.files?.[0];
    const wrong = unfit(file);
    fill(error, wrong);
    if (sending || wrong !== null || file === undefined) return void input.focus();
    sending = true;
    busy.hidden = false;
    button.setAttribute("aria-busy", "true");
    try {
      const { id: sent } = await send(file, begin, (share) => (bar.value = share));
      sending = false;
      if (!left) go(`exchange/${sent}`);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      fill(error, sentence(problem));
      input.focus();
    } finally {
      sending = false;
      busy.hidden = true;
      button.removeAttribute("aria-busy");
    }
  }

  // Another table is another import.
  input.addEventListener("change", () => (begin = intention("/api/imports")));
  const template = h("a", { href: "/api/imports/template", download: "finrust-import.csv" }, t("exchange.template"));
  const field = h(
    "div",
    { class: "field" },
    h("label", { for: id }, t("exchange.choose")),
    h("p", { class: "hint", id: `${id}-hint` }, t("exchange.choose_hint")),
    error,
    input,
  );
  const form = h("form", { class: "form", novalidate: true, onsubmit: submit }, field, busy, h("div", { class: "actions" }, button));
  const element = h(
    "div",
    { class: "card" },
    h("h2", {}, t("exchange.import")),
    h("p", {}, t("exchange.import_body")),
    h("p", {}, template, " ", h("span", { class: "soft" }, t("exchange.template_hint"))),
    form,
  );
  return { element, isBusy: () => sending, stop: () => (left = true) };
}

/** Why a file cannot be sent. @param {File | undefined} file */
function unfit(file) {
  if (file === undefined) return t("exchange.choose_first");
  if (file.size === 0) return t("exchange.empty");
  return file.size > MAX_BYTES ? t("exchange.too_big") : null;
}

/**
 * @param {File} file
 * @param {ReturnType<typeof intention>} begin
 * @param {(share: number) => void} onProgress
 * @returns {Promise<Import>}
 */
async function send(file, begin, onProgress) {
  /** @type {{ data: Import }} */
  const { data: begun } = await begin({ name: file.name, bytes: file.size });
  for (let part = 0; part < begun.parts; part += 1) {
    await put(`/api/imports/${begun.id}/parts/${part}`, await piece(file, part * begun.part_bytes, begun.part_bytes));
    onProgress((part + 1) / begun.parts);
  }
  return begun;
}

/**
 * A part, read now: a file that was moved or changed after it was chosen cannot be.
 * @param {File} file @param {number} start @param {number} length @returns {Promise<Blob>}
 */
async function piece(file, start, length) {
  try {
    return new Blob([await file.slice(start, start + length).arrayBuffer()]);
  } catch {
    throw new Problem("not_a_table");
  }
}

/** @returns {{ element: HTMLElement, isBusy: () => boolean }} */
export function exportCard() {
  const formats = /** @type {[string, string][]} */ ([
    ["csv", t("exchange.csv")],
    ["json", t("exchange.json")],
  ]);
  const format = field({ name: "format", label: t("exchange.format"), type: "select", options: formats, value: "csv", width: "medium" });
  const password = passwordField({ name: "password", label: t("account.current_password"), hint: t("exchange.password_hint") });
  let busy = false;
  // The same until it has arrived: a second try is the same export, not another one.
  let key = crypto.randomUUID();
  const made = form({
    fields: () => [format, password],
    content: [format.element, password.element],
    submit: t("exchange.export_submit"),
    onSubmit: async () => {
      busy = true;
      try {
        const { data } = await post(
          "/api/exports",
          { format: format.value(), password: password.value() },
          { headers: { "Idempotency-Key": key }, asFile: true },
        );
        keep(data, `finrust-export.${format.value()}`);
        key = crypto.randomUUID();
        password.input.value = "";
        say(t("exchange.exported"));
      } finally {
        busy = false;
      }
    },
    onProblem: refusedAt({ password }),
  });
  format.input.addEventListener("change", () => (key = crypto.randomUUID()));
  const warning = h("p", { class: "notice warn" }, t("exchange.export_warning"));
  const element = h(
    "div",
    { class: "card" },
    h("h2", {}, t("exchange.export")),
    h("p", {}, t("exchange.export_body")),
    warning,
    made.element,
  );
  return { element, isBusy: () => busy };
}
