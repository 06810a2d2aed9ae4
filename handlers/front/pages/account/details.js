// What an account says, how it is changed, and the pieces that several steps share.

import { get, Problem, put } from "../../core/api.js";
import { now } from "../../core/clock.js";
import { entitle, fill, h, longDate } from "../../core/show.js";
import { field, form, languageField, newPasswordField, passwordField, refusedAt } from "../../core/form.js";
import { isUncertain } from "../../core/once.js";
import { badge, guard, loading, rows, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { renamed } from "../../core/session.js";
import { plain, readEmail } from "../../core/values.js";
import { setLanguage, t } from "../../core/words.js";
/** @import { Child, Field } from "../../core/types.js" */
/** @import { Account, AccountPart, Flow, TwoFactor } from "./types.js" */

/** @returns {AccountPart} */
export function overview() {
  return { element: loading(ownAccount, (account) => rows(described(account))).element };
}

/** @returns {Promise<Account>} */
export async function ownAccount() {
  return (await get("/api/account")).data;
}

/**
 * No answer came, or somebody had to sign in again because the session was renewed without our hearing of it: what is there is looked at before
 * anything is said, and nothing is sent again by itself.
 * @param {Problem} problem
 * @param {string} why said where somebody has to sign in again
 * @param {(account: Account) => boolean} isMade
 * @returns {Promise<boolean>} whether it was done
 */
export async function wasDone(problem, why, isMade) {
  if (problem.code !== "renewed" && !isUncertain(problem)) return false;
  const look = async () => isMade((await get("/api/account", { renews: why })).data);
  try {
    return await look().catch((error) => (error instanceof Problem && error.code === "renewed" ? look() : Promise.reject(error)));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return false;
  }
}

/** A moment of the server that is not after this one, which whole seconds may have cut. */
const SECOND = 1_000;

/** @param {TwoFactor} factor */
export function twoFactorState({ enabled, recovery_codes_left: left, recovery_codes_seen: seen }) {
  if (!enabled) return [badge(t("account.off"), "warn")];
  if (!seen) return [badge(t("account.on")), " ", badge(t("account.codes_unseen"), "warn")];
  return [badge(t("account.on")), " ", t("account.codes_left", { count: left })];
}

/** @param {Account} account */
function described(account) {
  const { username, display_name: name, role, email, language, two_factor: factor, password_changed_at: changed, controller } = account;
  return [
    { label: t("app.username"), value: username },
    { label: t("account.role"), value: t(`role.${role}`) },
    ...(role === "adviser" ? [controllerRow(controller)] : []),
    { label: t("app.name"), value: name, action: change("profile", "app.name") },
    { label: t("account.language"), value: t(`account.${language}`), action: change("profile", "account.language") },
    { label: t("file.label.email"), value: email, action: change("email", "file.label.email") },
    {
      label: t("app.password"),
      value: changed && t("account.password_since", { date: longDate(changed) }),
      action: change("password", "app.password"),
    },
    {
      label: t("app.two_factor"),
      value: twoFactorState(factor),
      action: rowLink("#/account/two-factor", factor.enabled ? t("account.manage") : t("account.turn_on"), t("app.two_factor")),
    },
  ];
}

/** The firm that decides about an adviser's client files. @param {Account["controller"]} controller */
function controllerRow(controller) {
  const value = controller ? h("span", { class: "long" }, `${controller.name}\n${controller.address}`) : t("account.no_controller");
  return { label: t("account.controller"), value, action: h("a", { href: "#/firm" }, t("account.see_firm")) };
}

/** @param {string} part @param {string} key of the label */
function change(part, key) {
  return rowLink(`#/account/${part}`, t("account.change"), t(key));
}

/** @returns {AccountPart} */
export function profile() {
  const { watch, ...guarded } = guard();
  const { element } = loading(ownAccount, (account) => {
    const name = field({
      name: "display_name",
      label: t("app.name"),
      hint: t("account.name_hint"),
      value: account.display_name,
      autocomplete: "name",
      required: true,
    });
    const language = languageField(account.language);
    let isSaved = false;
    // What was sent and got no answer may be stored.
    let isOpen = false;
    const isDirty = () => !isSaved && (isOpen || name.value() !== account.display_name || language.value() !== account.language);
    const made = form({
      fields: () => [name, language],
      content: [name.element, language.element],
      submit: t("app.save"),
      onSubmit: async () => {
        const chosen = language.value() === "en" ? "en" : "nl";
        const isNew = isDirty();
        isOpen = true;
        if (isNew) await put("/api/account", { display_name: name.value(), language: chosen });
        renamed(name.value());
        // It is stored; without its words, those that are there have to do.
        await setLanguage(chosen).catch(() => {});
        isSaved = true;
        say(t("app.saved"));
        return () => go("account");
      },
    });
    return watch({ ...made, isDirty });
  });
  element.classList.add("card");
  return { element, ...guarded };
}

/** @returns {AccountPart} */
export function password() {
  const current = passwordField({ name: "current_password", label: t("account.current_password") });
  const chosen = newPasswordField({ name: "new_password", label: t("app.new_password") });
  let done = false;
  const since = now() - SECOND;
  const why = t("account.password_maybe");
  const finish = () => {
    done = true;
    say(t("account.password_done"));
    return () => go("account");
  };
  const { element } = form({
    fields: () => [current, chosen],
    content: [h("p", {}, t("account.password_why")), current.element, chosen.element],
    submit: t("account.password_submit"),
    onSubmit: async () => {
      await put("/api/account/password", { current_password: current.value(), new_password: chosen.value() }, { renews: why });
      return finish();
    },
    onProblem: async (problem) => {
      const isMade = await wasDone(problem, why, ({ password_changed_at: at }) => at !== null && Date.parse(at) >= since);
      return isMade ? finish() : refusedAt({ password: current })(problem);
    },
  });
  element.classList.add("card");
  return { element, isDirty: () => !done && current.value() + chosen.value() !== "" };
}

/** @returns {AccountPart} */
export function email() {
  let isDirty = () => false;
  const { element } = loading(ownAccount, (account) => {
    const address = field({
      name: "email",
      label: t("account.new_email"),
      inputmode: "email",
      isFormed: true,
      autocomplete: "email",
      required: true,
    });
    const current = passwordField({ name: "current_password", label: t("account.current_password") });
    const factor = account.two_factor.enabled ? factorField() : null;
    isDirty = () => address.value() + current.value() + (factor?.value() ?? "") !== "";
    const present = h("p", {}, t("account.email_now", { email: account.email }));
    const why = t("account.email_maybe");
    const finish = () => {
      isDirty = () => false;
      say(t("account.email_done"));
      return () => go("account");
    };
    return form({
      fields: () => (factor ? [address, current, factor] : [address, current]),
      content: [present, h("p", {}, t("account.email_why")), address.element, current.element, factor && factor.element],
      submit: t("account.email_submit"),
      onSubmit: async () => {
        await put(
          "/api/account/email",
          { current_password: current.value(), email: readEmail(address.value()), ...factor?.body() },
          { renews: why },
        );
        return finish();
      },
      onProblem: async (problem) => {
        const isMade = await wasDone(problem, why, (found) => found.email === readEmail(address.value()));
        return isMade ? finish() : refusedAt({ password: current, code: factor ?? undefined })(problem);
      },
    }).element;
  });
  element.classList.add("card");
  return { element, isDirty: () => isDirty() };
}

/** A link whose few words are read out with what they are about. @param {string} href @param {string} words @param {string} about */
function rowLink(href, words, about) {
  return h("a", { href }, words, h("span", { class: "visually-hidden" }, about));
}

/** Puts a step in place of the one before, and the focus on it. @param {Flow} flow @param {string} title @param {...Child} content */
export function step({ place }, title, ...content) {
  const heading = h("h2", { tabindex: "-1" }, title);
  fill(place, heading, ...content);
  if (!place.isConnected) return;
  entitle(title);
  /** @type {HTMLElement} */ (place.querySelector("[data-first]") ?? heading).focus();
}

/** A way back out of a step. @param {Flow} flow */
export function cancel({ onCancel }) {
  return h("button", { type: "button", onclick: onCancel }, t("app.cancel"));
}

/** A code of the app. */
export function codeField() {
  return field({
    name: "code",
    label: t("account.code"),
    hint: t("account.code_hint"),
    autocomplete: "one-time-code",
    inputmode: "numeric",
    required: true,
    width: "short",
  });
}

/** A code of the app, or a recovery code for who has lost it. @returns {Field & { body: () => object }} */
export function factorField() {
  const made = field({
    name: "code",
    label: t("account.factor"),
    hint: t("account.factor_hint"),
    autocomplete: "one-time-code",
    required: true,
    width: "medium",
  });
  const typed = () => plain(made.value()).replace(/ /g, "");
  const isCode = () => /^\d{1,6}$/.test(typed());
  const body = () => (isCode() ? { code: typed() } : { recovery_code: typed() });
  return { ...made, pointer: () => (isCode() ? "/code" : "/recovery_code"), body };
}

/** @param {Field} made */
export function digits(made) {
  return plain(made.value()).replace(/ /g, "");
}
