// A form that is sent by script as JSON: one primary button, busy while it works, every error at its field and all of them on top.

import { fill, h } from "./dom.js";
import { Problem, fieldSentence, sentence } from "./problem.js";
import { t } from "./text.js";

/** @typedef {import("./field.js").Field} Field */
/** @typedef {import("./dom.js").Child} Child */
/** @typedef {{ field: Field, words: string }} Wrong */

/**
 * @typedef {object} FormParts
 * @property {() => Field[]} fields those that may be refused, in their order on the page
 * @property {Child[]} content what stands above the button, the fields' elements among it
 * @property {string} submit words of the button
 * @property {() => Wrong[]} [check] what cannot be sent as it is typed
 * @property {() => Promise<void>} onSubmit sends; a thrown `Problem` is shown
 * @property {(problem: Problem) => Promise<boolean> | boolean} [onProblem] handles a problem itself and says so
 * @property {Child[]} [actions] beside the button
 * @property {boolean} [danger]
 */

/**
 * @param {FormParts} parts
 * @returns {{ element: HTMLFormElement, complain: (sentence: string) => void, settle: () => void }}
 */
export function form(parts) {
  const summary = h("div", { class: "summary", tabindex: "-1", role: "alert", hidden: true });
  const button = h("button", { type: "submit", class: parts.danger ? "danger" : "primary" }, parts.submit);
  const actions = h("div", { class: "actions" }, button, ...(parts.actions ?? []));
  const settle = () => {
    summary.hidden = true;
    fill(summary);
    for (const field of parts.fields()) field.fail(null);
  };
  const complain = (/** @type {string} */ words) => complaint(summary, [words]);
  const element = h("form", { novalidate: true, class: "form", onsubmit: submit }, summary, ...parts.content, actions);
  let busy = false;

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    settle();
    if (stopped(summary, parts)) return;
    busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      await parts.onSubmit();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!(await parts.onProblem?.(error))) refuse(summary, parts.fields(), error);
    } finally {
      busy = false;
      button.removeAttribute("aria-busy");
    }
  }

  return { element, complain, settle };
}

/** @param {HTMLElement} summary @param {FormParts} parts */
function stopped(summary, { fields, check }) {
  const order = fields();
  const missing = order.filter((field) => field.required && field.value().trim() === "");
  const wrong = [...missing.map((field) => ({ field, words: t("field.required") })), ...(check?.() ?? [])];
  wrong.sort((one, other) => order.indexOf(one.field) - order.indexOf(other.field));
  for (const { field, words } of wrong) field.fail(words);
  if (wrong.length > 0) list(summary, wrong);
  return wrong.length > 0;
}

/** @param {HTMLElement} summary @param {Field[]} fields @param {Problem} problem */
function refuse(summary, fields, problem) {
  const found = [];
  const lost = [];
  for (const error of problem.errors) {
    const field = fields.find((candidate) => candidate.pointer() === error.pointer);
    if (field === undefined) lost.push(`${error.pointer}: ${fieldSentence(error)}`);
    else found.push({ field, words: fieldSentence(error) });
  }
  for (const { field, words } of found) field.fail(words);
  if (found.length > 0) list(summary, found, lost);
  else complaint(summary, [sentence(problem), ...lost]);
}

/** @param {HTMLElement} summary @param {Wrong[]} errors @param {string[]} [others] */
export function list(summary, errors, others = []) {
  const links = errors.map(({ field, words }) => h("li", {}, h("a", { href: `#${field.input.id}`, onclick: jump(field) }, `${field.label}: ${words}`)));
  const title = errors.length === 1 ? t("app.one_error") : t("app.errors", { count: errors.length });
  fill(summary, h("h2", {}, title), h("ul", {}, ...links, ...others.map((other) => h("li", {}, other))));
  summary.hidden = false;
  summary.focus();
}

/**
 * Says at one field why the server refused, and goes there.
 * @param {Field} field
 * @param {string} words
 */
export function blame(field, words) {
  field.fail(words);
  field.input.focus();
  return true;
}

/** A link of the summary moves the focus; the address stays, it belongs to the router. @param {Field} field */
function jump(field) {
  return (/** @type {Event} */ event) => {
    event.preventDefault();
    field.input.focus();
  };
}

/** @param {HTMLElement} summary @param {string[]} sentences */
function complaint(summary, sentences) {
  fill(summary, ...sentences.map((words) => h("p", {}, words)));
  summary.hidden = false;
  summary.focus();
}
