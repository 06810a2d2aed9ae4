// Choosing a table and sending it in parts.

import { Problem, put, sentence } from "../../core/api.js";
import { fill, freshId, h, t } from "../../core/show.js";
import { intention } from "../../core/once.js";
import { go } from "../../core/router.js";
/** @import { Import } from "./types.js" */

/** What the server takes at most. */
const MOST_BYTES = 5 * 1024 * 1024;

/** @returns {{ element: HTMLElement, isBusy: () => boolean, stop: () => void }} */
export function uploadCard() {
  const id = freshId("file");
  const input = h("input", { id, type: "file", name: "file", accept: ".csv,.txt,.tsv,text/csv,text/plain", "aria-describedby": `${id}-hint ${id}-error` });
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
  const field = h("div", { class: "field" }, h("label", { for: id }, t("exchange.choose")), h("p", { class: "hint", id: `${id}-hint` }, t("exchange.choose_hint")), error, input);
  const form = h("form", { class: "form", novalidate: true, onsubmit: submit }, field, busy, h("div", { class: "actions" }, button));
  const element = h("div", { class: "card" }, h("h2", {}, t("exchange.import")), h("p", {}, t("exchange.import_body")), h("p", {}, template, " ", h("span", { class: "soft" }, t("exchange.template_hint"))), form);
  return { element, isBusy: () => sending, stop: () => (left = true) };
}

/** Why a file cannot be sent. @param {File | undefined} file */
function unfit(file) {
  if (file === undefined) return t("exchange.choose_first");
  if (file.size === 0) return t("exchange.empty");
  return file.size > MOST_BYTES ? t("exchange.too_big") : null;
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
