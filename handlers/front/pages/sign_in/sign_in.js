// Signing in, step by step as the server asks: password, second factor, a new password after a one-time one.

import { post, Problem } from "../../core/api.js";
import { entitle, fill, h } from "../../core/show.js";
import { field, form, newPasswordField, passwordField, unseenName, wrongCode } from "../../core/form.js";
import { isUncertain, saysNothing } from "../../core/once.js";
import { say } from "../../core/pieces.js";
import { go, landing, rename } from "../../core/router.js";
import { enter } from "../../core/session.js";
import { plain } from "../../core/values.js";
import { t } from "../../core/words.js";
/** @import { Child, Field, Screen } from "../../core/types.js" */
/** @import { Next, SignInFlow } from "./types.js" */

const FEW_CODES = 3;
/** A step lasts longer than this: an account that is unknown earlier means a browser that keeps no cookie. */
const SHORT = 60_000;

/** @param {Record<string, string>} [parameters] from the link in a mail; wiped from the address at once @returns {Screen} */
export function signIn({ username = "", password = "" } = {}) {
  if (username) rename("login");
  const place = h("div", {});
  const onDone = async () => {
    await enter({ fresh: true });
    go(landing());
  };
  showPassword({ place, username: decoded(username), password: decoded(password), fixed: false, since: 0, onDone });
  const others = h("p", { class: "crumb" }, h("a", { href: "#/sub-processors" }, t("sign_in.sub_processors")));
  return { title: t("sign_in.title"), element: h("section", { class: "alone" }, place, others) };
}

/**
 * The same for somebody whose session ended: answers whether it was the same person who came back.
 * @param {string} username
 * @param {(screen: Screen) => void} show
 * @param {string} [why] where it may not be the time
 * @returns {Promise<boolean>}
 */
export function signInAgain(username, show, why = t("sign_in.expired")) {
  return new Promise((resolve) => {
    const place = h("div", {});
    const onDone = async () => resolve((await enter({ fresh: true }))?.username === username);
    const other = h("p", {}, h("button", { type: "button", class: "link", onclick: anybody }, t("sign_in.other_person")));
    const notice = h("p", { class: "notice" }, why);
    // The user who signs in now decides what becomes of what was typed.
    function anybody() {
      other.remove();
      showPassword({ place, username: "", password: "", fixed: false, again: true, since: 0, onDone });
    }

    showPassword({ place, username, password: "", fixed: true, again: true, since: 0, onDone });
    show({ title: t("sign_in.title"), element: h("section", { class: "alone" }, notice, place, other) });
  });
}

/** @param {SignInFlow} flow @param {string} [complaint] */
function showPassword(flow, complaint) {
  const username = field({
    name: "username",
    label: t("app.username"),
    value: flow.username,
    autocomplete: "username",
    required: true,
    readonly: flow.fixed,
  });
  const password = passwordField({
    name: "password",
    label: t("app.password"),
    isNamed: true,
    hint: flow.password ? t("sign_in.from_mail") : undefined,
  });
  password.input.value = flow.password;
  (flow.username ? password : username).input.dataset.first = "";
  const made = form({
    fields: () => [username, password],
    content: [
      !navigator.cookieEnabled && h("p", { class: "notice warn", role: "alert" }, t("problem.no_cookies")),
      username.element,
      password.element,
    ],
    submit: t("sign_in.title"),
    onSubmit: async () => {
      if (!navigator.cookieEnabled) throw new Problem("no_cookies");
      flow.username = plain(username.value());
      const { data } = await post("/api/login", { username: flow.username, password: password.value() }, { atSignIn: true });
      await follow(flow, data.next);
    },
    // What a mail brought works until a password is chosen, and then no more.
    onProblem: (problem) => {
      const isFromMail = flow.password !== "" && password.value() === flow.password && problem.code === "invalid_credentials";
      if (isFromMail) made.complain(t("sign_in.used_link"));
      return isFromMail;
    },
  });
  const forgot = !flow.again && h("p", {}, h("a", { href: "#/forgotten" }, t("sign_in.forgot")));
  step(flow, t("sign_in.title"), made.element, forgot);
  if (complaint) made.complain(complaint);
}

/** @param {SignInFlow} flow */
function showSecondFactor(flow) {
  const code = field({
    name: "code",
    label: t("sign_in.code"),
    hint: t("sign_in.code_hint"),
    autocomplete: "one-time-code",
    inputmode: "numeric",
    required: true,
    width: "short",
  });
  const instead = h("button", { type: "button", class: "link", onclick: () => showRecovery(flow) }, t("sign_in.use_recovery"));
  showFactor(flow, t("app.two_factor"), code, () => ({ code: plain(code.value()).replace(/ /g, "") }), instead);
}

/** @param {SignInFlow} flow */
function showRecovery(flow) {
  const code = field({ name: "recovery_code", label: t("sign_in.recovery"), hint: t("sign_in.recovery_hint"), required: true });
  const instead = h("button", { type: "button", class: "link", onclick: () => showSecondFactor(flow) }, t("sign_in.use_app"));
  showFactor(flow, t("sign_in.recovery"), code, () => ({ recovery_code: plain(code.value()) }), instead);
}

/** @param {SignInFlow} flow @param {string} title @param {Field} code @param {() => object} body @param {HTMLElement} instead */
function showFactor(flow, title, code, body, instead) {
  code.input.dataset.first = "";
  const made = form({
    fields: () => [code],
    content: [code.element],
    submit: t("app.next"),
    onSubmit: async () => {
      const { data } = await post("/api/login/two-factor", body(), { atSignIn: true });
      if (data.recovery_codes_left < FEW_CODES) say(t("sign_in.few_codes", { count: data.recovery_codes_left }));
      await follow(flow, data.next);
    },
    onProblem: (problem) => {
      if (startOver(flow, problem, "sign_in.code_maybe")) return true;
      if (problem.code !== "wrong_code") return false;
      made.complain(t(wrongCode(code.value())));
      return true;
    },
  });
  step(flow, title, made.element, h("p", {}, instead));
}

/** @param {SignInFlow} flow */
function showNewPassword(flow) {
  const chosen = newPasswordField({ name: "new_password", label: t("app.new_password") });
  chosen.input.dataset.first = "";
  const made = form({
    fields: () => [chosen],
    content: [h("p", {}, t("sign_in.new_password_why")), unseenName(flow.username), chosen.element],
    submit: t("sign_in.new_password_submit"),
    onSubmit: async () => {
      const { data } = await post("/api/login/new-password", { new_password: chosen.value() }, { atSignIn: true });
      await follow(flow, data.next);
    },
    onProblem: (problem) => startOver(flow, problem, "account.password_maybe"),
  });
  step(flow, t("sign_in.new_password_title"), made.element);
}

/**
 * A step that took too long begins again at the password; and one that may be done, for then its session has another cookie.
 * @param {SignInFlow} flow @param {Problem} problem
 * @param {string} maybe key of the words for who had no answer
 */
function startOver(flow, problem, maybe) {
  if (problem.code !== "not_signed_in" && problem.code !== "wrong_step") {
    flow.isOpen = isUncertain(problem) || (flow.isOpen && saysNothing(problem));
    return false;
  }
  const isForgotten = problem.code === "not_signed_in" && performance.now() - flow.since < SHORT;
  showPassword({ ...flow, password: "", isOpen: false }, t(flow.isOpen ? maybe : isForgotten ? "problem.no_cookies" : "sign_in.too_long"));
  return true;
}

/** @param {SignInFlow} flow @param {Next} next */
async function follow(flow, next) {
  flow.since = performance.now();
  flow.isOpen = false;
  if (next === "two_factor") showSecondFactor(flow);
  else if (next === "new_password") showNewPassword(flow);
  else await flow.onDone();
}

/** @param {SignInFlow} flow @param {string} title @param {...Child} content */
function step({ place }, title, ...content) {
  fill(place, h("h1", {}, title), ...content);
  if (place.isConnected) entitle(title);
  if (place.isConnected) /** @type {HTMLElement | null} */ (place.querySelector("[data-first]"))?.focus();
}

/** @param {string} part of an address */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

/** @returns {Screen} */
export function forgotten() {
  const place = h("div", {});
  const username = field({ name: "username", label: t("app.username"), autocomplete: "username", required: true });
  username.input.dataset.first = "";
  const asked = form({
    fields: () => [username],
    content: [h("p", {}, t("forgotten.body")), username.element],
    submit: t("forgotten.submit"),
    onSubmit: async () => {
      await post("/api/password-reset", { username: plain(username.value()) }, { atSignIn: true });
      const heading = h("h1", { tabindex: "-1" }, t("forgotten.sent_title"));
      entitle(t("forgotten.sent_title"));
      fill(place, heading, h("p", {}, t("forgotten.sent_body")), h("p", {}, t("forgotten.sent_spam")), back());
      heading.focus();
    },
  });
  fill(place, h("h1", {}, t("forgotten.title")), asked.element, back());
  return { title: t("forgotten.title"), element: h("section", { class: "alone" }, place) };
}

function back() {
  return h("p", {}, h("a", { href: "#/login" }, t("forgotten.back")));
}
