// Forms that are sent by script as JSON, and their fields: one primary button, busy while it works, every error at its field and all of them on top.

import { fieldSentence, post, Problem, sentence } from "./api.js";
import { arrived, follow, sent, thisVisit } from "./dialog.js";
import { mayBeUsedUp } from "./once.js";
import { say } from "./pieces.js";
import { fill, freshId, h } from "./show.js";
import { who } from "./session.js";
import { tidy } from "./typing.js";
import { knows, t } from "./words.js";
/** @import { Field, FieldParts, FormParts, Saving, Wrong } from "./types.js" */

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
  let refused = "";
  const fail = (/** @type {string | null} */ sentence) => {
    refused = input.value;
    error.hidden = sentence === null;
    fill(error, sentence === null ? null : h("span", { class: "visually-hidden" }, t("app.error_prefix")), sentence);
    if (sentence === null) input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    describe(sentence === null ? described : [`${id}-error`, ...described]);
  };
  input.addEventListener("input", () => fail(null));
  // What fills a box may fire nothing else; leaving one that was refused fires it, too.
  input.addEventListener("change", () => input.value !== refused && fail(null));
  for (const kind of ["paste", "drop"]) input.addEventListener(kind, (event) => tidy(event, parts.isFormed ?? false));
  const element = h("div", { class: `field ${parts.width ?? ""}` }, h("label", { for: id }, parts.label), hint, error, input);
  const pointer = parts.pointer ?? `/${parts.name}`;
  return { element, input, label: parts.label, pointer: () => pointer, required: parts.required ?? false, value: () => input.value, fail };
}

/** Lets a box be filled with the fingerprint of a file, which never leaves the machine. @param {Field} made @param {string} label of the picker */
export function fillFromFile(made, label) {
  const pick = h("input", { type: "file", "aria-label": label, onchange: () => void take() });

  async function take() {
    const file = pick.files?.[0];
    if (file === undefined) return;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    made.input.value = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    made.fail(null);
  }

  made.element.append(pick);
}

/** @param {FieldParts} parts @param {string} id */
function control(
  { type = "text", name, value = "", autocomplete = "off", inputmode, required, options = [], more, rows = 6, readonly },
  id,
) {
  // No spell checker, keyboard or translator gets what is typed about clients, nor a code.
  const own = { spellcheck: "false", autocorrect: "off", translate: "no" };
  const shared = { id, name, autocomplete, "aria-required": required ? "true" : null };
  if (type === "select") {
    // What a newer server knows is kept, though this page has no word for it.
    const all = value === "" || options.some(([key]) => key === value) ? options : [...options, [value, value]];
    const choices = all.map(([key, words]) => h("option", { value: key }, words));
    const select = h("select", { ...shared, translate: "no" }, ...choices);
    select.value = value;
    if (more) fillLater(select, more);
    return select;
  }
  if (type === "textarea") return h("textarea", { ...shared, ...own, rows, value });
  return h("input", { ...shared, ...own, type, value, inputmode, readonly, autocapitalize: autocomplete === "name" ? "words" : "none" });
}

/** Hundreds of options cost a slow phone half a second: they are made when the box is first used. @param {HTMLSelectElement} select @param {() => [string, string][]} more */
function fillLater(select, more) {
  const kinds = ["focus", "pointerdown"];
  const make = () => {
    for (const kind of kinds) select.removeEventListener(kind, make);
    const chosen = select.value;
    const all = more();
    const others = [...select.options].filter(({ value }) => all.every(([key]) => key !== value));
    fill(select, ...all.map(([key, words]) => h("option", { value: key }, words)), ...others);
    select.value = chosen;
  };
  for (const kind of kinds) select.addEventListener(kind, make);
}

/** Beside a password box: password managers choose and store under the name that they find. @param {string} username */
export function unseenName(username) {
  return h("input", {
    type: "text",
    name: "username",
    autocomplete: "username",
    value: username,
    hidden: true,
    readonly: true,
    "aria-label": t("app.username"),
  });
}

/** The password as it is; `isNamed`: a username stands beside it. @param {{ name: string, label: string, hint?: string, isNamed?: boolean }} parts @returns {Field} */
export function passwordField({ name, label, hint, isNamed = false }) {
  const made = bare({ name, label, hint });
  const person = who();
  if (!isNamed && person !== null) made.element.prepend(unseenName(person.username));
  return made;
}

/** @param {{ name: string, label: string, hint?: string }} parts */
function bare({ name, label, hint }) {
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
  // Called by what it says, and by whose it is: there may be two on a page.
  const whose = () => h("span", { class: "visually-hidden" }, ` (${made.label})`);
  const button = h("button", { type: "button", class: "quiet" }, t("password.show"), whose());
  button.addEventListener("click", () => {
    const shows = input.type === "password";
    input.type = shows ? "text" : "password";
    fill(button, shows ? t("password.hide") : t("password.show"), whose());
  });
  const row = h("div", { class: "reveal" });
  input.replaceWith(row);
  row.append(input, button);
  return made;
}

/** Secrets are typed for one deed, not kept. */
const SECRET = /password|one-time/;

/** @param {FormParts} parts @returns {{ element: HTMLFormElement, complain: (sentence: string) => void, settle: () => void, saving: () => Saving | null }} */
export function form(parts) {
  const summary = h("div", { class: "summary", translate: "no", tabindex: "-1", role: "alert", hidden: true });
  const button = h("button", { type: "submit", class: parts.danger ? "danger" : "primary" }, parts.submit);
  const actions = h("div", { class: "actions" }, button, ...(parts.actions ?? []));
  const settle = () => {
    summary.hidden = true;
    fill(summary);
    for (const field of parts.fields()) field.fail(null);
  };
  const complain = (/** @type {string} */ words) => complaint(summary, [words]);
  const element = h(
    "form",
    { novalidate: true, class: "form", onsubmit: submit, onkeydown: parts.byButton ? notByEnter : null },
    summary,
    ...parts.content,
    actions,
  );
  /** @type {Promise<boolean> | null} */
  let running = null;

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    void send();
  }

  /** Sends what was typed, once at a time; answers whether that went well. */
  function send() {
    running ??= attempt().finally(() => (running = null));
    return running;
  }

  async function attempt() {
    settle();
    const isHere = thisVisit();
    const wrong = unreadable(parts);
    if (wrong.length > 0 && !parts.isJudged) return blameAll(summary, parts, wrong);
    try {
      if (parts.sure && !(await parts.sure())) return false;
      button.setAttribute("aria-busy", "true");
      sent(isHere);
      follow(await parts.onSubmit(wrong.length === 0), isHere);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (wrong.length > 0) return isHere() ? blameAll(summary, parts, wrong, error) : miss(error);
      const isHandled = await parts.onProblem?.(error);
      if (typeof isHandled === "function") return follow(isHandled, isHere);
      if (!isHere()) return miss(error);
      if (!isHandled) refuse(summary, parts.fields(), error);
      return false;
    } finally {
      button.removeAttribute("aria-busy");
      arrived(isHere);
    }
  }

  /** What asks first, or wants a secret, is done with its own button alone. */
  function saving() {
    const isPlain =
      !parts.sure && !parts.danger && !parts.byButton && parts.fields().every(({ input }) => !SECRET.test(input.autocomplete));
    return isPlain ? { words: parts.submit, save: send } : null;
  }

  return { element, complain, settle, saving };
}

/** Tells somebody who went elsewhere that it was refused. @param {Problem} problem */
function miss(problem) {
  say(sentence(problem), { stays: true });
  return false;
}

/** Enter in a box is a slip of the hand there. @param {KeyboardEvent} event */
function notByEnter(event) {
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) event.preventDefault();
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
  const more = (problem?.errors ?? []).flatMap((error) =>
    order.filter((field) => field.pointer() === error.pointer).map((field) => ({ field, words: fieldSentence(error) })),
  );
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
  const links = errors.map(({ field, words }) =>
    h("li", {}, h("a", { href: `#${field.input.id}`, onclick: jump(field) }, `${named(field)}: ${words}`)),
  );
  const title = t("app.errors", { count: errors.length });
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

/** Codes that were shown without an answer. @type {WeakMap<HTMLElement, string>} */
const unheard = new WeakMap();

/** What a form does with a refused password or code. @param {{ password?: Field, code?: Field }} typed */
export function refusedAt({ password, code }) {
  return (/** @type {Problem} */ problem) => {
    if (problem.code === "invalid_credentials" && password) return blame(password, t("account.wrong_password"));
    if (!code) return false;
    if (mayBeUsedUp(problem)) unheard.set(code.input, code.value());
    if (problem.code === "wrong_code")
      return blame(code, t(unheard.get(code.input) === code.value() ? "account.used_code" : wrongCode(code.value())));
    return false;
  };
}

/** The key of what a refused code is told: for one of an app a next one comes, a recovery code needs another. @param {string} typed */
export function wrongCode(typed) {
  return /^[\d\s]*$/u.test(typed) ? "problem.wrong_code" : "problem.wrong_recovery_code";
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

/** @param {string} value */
export function languageField(value) {
  return field({
    name: "language",
    label: t("account.language"),
    hint: t("account.language_hint"),
    type: "select",
    value,
    options: [
      ["nl", t("account.nl")],
      ["en", t("account.en")],
    ],
    width: "medium",
  });
}
