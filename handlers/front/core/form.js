// Forms that are sent by script as JSON, and their fields: one primary button, busy while it works, every error at its field and all of them on top.

import { fieldSentence, post, Problem, sentence } from "./api.js";
import { fill, freshId, h, knows, t } from "./show.js";
import { seen } from "./values.js";
/** @import { Field, FieldParts, FormParts, Wrong } from "./types.js" */

/** @param {FieldParts} parts @returns {Field} */
export function field(parts) {
  const id = freshId("field");
  const input = control(parts, id);
  const error = h("p", { class: "error", id: `${id}-error`, hidden: true });
  const hint = parts.hint ? h("p", { class: "hint", id: `${id}-hint` }, parts.hint) : null;
  const described = [hint ? `${id}-hint` : ""];
  const describe = (/** @type {string[]} */ ids) => {
    const text = ids.filter(Boolean).join(" ");
    if (text) input.setAttribute("aria-describedby", text);
    else input.removeAttribute("aria-describedby");
  };
  describe(described);
  const fail = (/** @type {string | null} */ sentence) => {
    error.hidden = sentence === null;
    fill(error, sentence === null ? null : h("span", { class: "visually-hidden" }, t("app.error_prefix")), sentence);
    if (sentence === null) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    describe(sentence === null ? described : [`${id}-error`, ...described]);
  };
  input.addEventListener("input", () => fail(null));
  input.addEventListener("paste", dropUnseen);
  const element = h("div", { class: `field ${parts.width ?? ""}` }, h("label", { for: id }, parts.label), hint, error, input);
  const pointer = parts.pointer ?? `/${parts.name}`;
  return { element, input, label: parts.label, pointer: () => pointer, required: parts.required ?? false, value: () => input.value, fail };
}

/** What nobody sees is not pasted along; the browser can still undo it. @param {Event} event */
function dropUnseen(event) {
  const pasted = /** @type {ClipboardEvent} */ (event).clipboardData?.getData("text/plain") ?? "";
  const input = /** @type {HTMLInputElement} */ (event.target);
  const kept = seen(pasted);
  if (kept === pasted || input.type === "password") return;
  event.preventDefault();
  // Old, but the one way to put text in a box that Ctrl+Z takes out again.
  if (!document.execCommand("insertText", false, kept)) input.setRangeText(kept, input.selectionStart ?? 0, input.selectionEnd ?? 0, "end");
}

/** @param {FieldParts} parts @param {string} id */
function control({ type = "text", name, value = "", autocomplete = "off", inputmode, required, options = [], rows = 6, readonly }, id) {
  const shared = { id, name, autocomplete, "aria-required": required ? "true" : null };
  if (type === "select") {
    // What a newer server knows is kept, though this page has no word for it.
    const all = value === "" || options.some(([key]) => key === value) ? options : [...options, [value, value]];
    const choices = all.map(([key, words]) => h("option", { value: key }, words));
    const select = h("select", shared, ...choices);
    select.value = value;
    return select;
  }
  if (type === "textarea") return h("textarea", { ...shared, rows, value });
  const plain = type === "password" || autocomplete.includes("username") || autocomplete === "email" || autocomplete === "one-time-code";
  return h("input", { ...shared, type, value, inputmode, readonly, spellcheck: plain ? "false" : null, autocapitalize: plain ? "none" : null });
}

/** The password as it is. @param {{ name: string, label: string, hint?: string }} parts @returns {Field} */
export function passwordField({ name, label, hint }) {
  return revealable(field({ name, label, hint, type: "password", autocomplete: "current-password", required: true }));
}

/**
 * A password to be. What becomes of it is for the server to say, which is asked when the box is left.
 * @param {{ name: string, label: string }} parts
 * @returns {Field}
 */
export function newPasswordField({ name, label }) {
  const made = revealable(field({ name, label, hint: t("password.hint"), type: "password", autocomplete: "new-password", required: true }));
  const words = h("p", { class: "hint", role: "status" });
  made.element.append(words);
  let asked = "";
  made.input.addEventListener("input", () => fill(words));
  made.input.addEventListener("change", () => void judge());

  async function judge() {
    const typed = made.value();
    if (typed === "" || typed === asked) return;
    asked = typed;
    try {
      const { data } = await post("/api/password-check", { password: typed }, { atSignIn: true });
      const key = `password.verdict_${data.verdict}`;
      if (made.value() === typed && knows(key)) fill(words, t(key));
    } catch (error) {
      // It is judged again when it is chosen.
      if (!(error instanceof Problem)) throw error;
      asked = "";
    }
  }

  // The refusal says the same, and more.
  const fail = (/** @type {string | null} */ sentence) => {
    made.fail(sentence);
    if (sentence !== null) fill(words);
  };
  return { ...made, fail };
}

/** @param {Field} made */
function revealable(made) {
  const input = /** @type {HTMLInputElement} */ (made.input);
  const button = h("button", { type: "button", class: "quiet", "aria-pressed": "false", "aria-label": t("password.show_label") }, t("password.show"));
  button.addEventListener("click", () => {
    const shows = input.type === "password";
    input.type = shows ? "text" : "password";
    button.setAttribute("aria-pressed", String(shows));
    fill(button, shows ? t("password.hide") : t("password.show"));
  });
  const row = h("div", { class: "reveal" });
  input.replaceWith(row);
  row.append(input, button);
  return made;
}

/** @param {FormParts} parts @returns {{ element: HTMLFormElement, complain: (sentence: string) => void, settle: () => void, send: () => Promise<boolean> }} */
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
  function submit(event) {
    event.preventDefault();
    void send();
  }

  /** Sends what was typed; answers whether that went well. */
  async function send() {
    if (busy) return false;
    settle();
    const wrong = unreadable(parts);
    if (wrong.length > 0 && !parts.isJudged) return blameAll(summary, parts, wrong);
    busy = true;
    button.setAttribute("aria-busy", "true");
    try {
      await parts.onSubmit(wrong.length === 0);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (wrong.length > 0) return blameAll(summary, parts, wrong, error);
      if (!(await parts.onProblem?.(error))) refuse(summary, parts.fields(), error);
      return false;
    } finally {
      busy = false;
      button.removeAttribute("aria-busy");
    }
  }

  return { element, complain, settle, send };
}

/** What cannot be sent as it is. @param {FormParts} parts @returns {Wrong[]} */
function unreadable({ fields, check }) {
  const missing = fields().filter((field) => field.required && field.value().trim() === "");
  return [...missing.map((field) => ({ field, words: t("field.required") })), ...(check?.() ?? [])];
}

/**
 * Names what is wrong, in the order of the page, with what the server finds besides.
 * @param {HTMLElement} summary @param {FormParts} parts @param {Wrong[]} wrong @param {Problem} [problem]
 */
function blameAll(summary, parts, wrong, problem) {
  const order = parts.fields();
  if (problem) void parts.onProblem?.(problem);
  const more = (problem?.errors ?? []).flatMap((error) => order.filter((field) => field.pointer() === error.pointer).map((field) => ({ field, words: fieldSentence(error) })));
  const all = [...wrong, ...more.filter(({ field }) => wrong.every((one) => one.field !== field))];
  all.sort((one, other) => order.indexOf(one.field) - order.indexOf(other.field));
  for (const { field, words } of all) field.fail(words);
  list(summary, all);
  return false;
}

/** @param {HTMLElement} summary @param {Field[]} fields @param {Problem} problem */
function refuse(summary, fields, problem) {
  const found = [];
  const lost = [];
  for (const error of problem.errors) {
    const field = fields.find((candidate) => candidate.pointer() === error.pointer);
    if (field === undefined) lost.push([error.pointer, fieldSentence(error)].filter(Boolean).join(": "));
    else found.push({ field, words: fieldSentence(error) });
  }
  for (const { field, words } of found) field.fail(words);
  if (found.length > 0) list(summary, found, lost);
  else complaint(summary, [sentence(problem), ...lost]);
}

/** @param {HTMLElement} summary @param {Wrong[]} errors @param {string[]} [others] */
function list(summary, errors, others = []) {
  const links = errors.map(({ field, words }) => h("li", {}, h("a", { href: `#${field.input.id}`, onclick: jump(field) }, `${named(field)}: ${words}`)));
  const title = errors.length === 1 ? t("app.one_error") : t("app.errors", { count: errors.length });
  fill(summary, h("h2", {}, title), h("ul", {}, ...links, ...others.map((other) => h("li", {}, other))));
  summary.hidden = false;
  summary.focus();
}

/** A field with the row that it stands in. @param {Field} field */
function named({ about, label }) {
  const row = about?.() ?? "";
  return row === "" ? label : `${row}, ${label}`;
}

/** Says at one field why the server refused, and goes there. @param {Field} field @param {string} words */
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
