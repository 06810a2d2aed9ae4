// Changing what an account says: name and language, password, address for mails.

import { put } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field } from "../../core/field.js";
import { form } from "../../core/form.js";
import { newPasswordField, passwordField } from "../../core/password_field.js";
import { loading } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { say } from "../../core/say.js";
import { renamed, who } from "../../core/session.js";
import { setLanguage, t } from "../../core/text.js";
import { ownAccount } from "./overview.js";
import { refusedAt } from "./pieces.js";

/** @returns {import("../account.js").Part} */
export function profile() {
  let isDirty = () => false;
  const { element } = loading(ownAccount, (account) => {
    const name = field({ name: "display_name", label: t("account.name"), hint: t("account.name_hint"), value: account.display_name, autocomplete: "name", required: true });
    const language = languageField(account.language);
    const changed = () => name.value() !== account.display_name || language.value() !== account.language;
    isDirty = changed;
    return form({
      fields: () => [name, language],
      content: [name.element, language.element],
      submit: t("app.save"),
      onSubmit: async () => {
        const chosen = language.value() === "en" ? "en" : "nl";
        await put("/api/account", { display_name: name.value(), language: chosen });
        renamed(name.value());
        setLanguage(chosen);
        isDirty = () => false;
        say(t("app.saved"));
        go("account");
      },
    }).element;
  });
  element.classList.add("card");
  return { element, isDirty: () => isDirty() };
}

/** @param {string} value */
export function languageField(value) {
  return field({ name: "language", label: t("account.language"), hint: t("account.language_hint"), type: "select", value, options: [["nl", t("account.nl")], ["en", t("account.en")]], width: "medium" });
}

/** @returns {import("../account.js").Part} */
export function password() {
  const current = passwordField({ name: "current_password", label: t("account.current_password") });
  const chosen = newPasswordField({ name: "new_password", label: t("account.new_password") });
  let done = false;
  // Password managers store under the name that they find in the form.
  const username = h("input", { type: "text", name: "username", autocomplete: "username", value: who()?.username, hidden: true, readonly: true, "aria-label": t("account.username") });
  const { element } = form({
    fields: () => [current, chosen],
    content: [h("p", {}, t("account.password_why")), username, current.element, chosen.element],
    submit: t("account.password_submit"),
    onSubmit: async () => {
      await put("/api/account/password", { current_password: current.value(), new_password: chosen.value() });
      done = true;
      say(t("account.password_done"));
      go("account");
    },
    onProblem: refusedAt({ password: current }),
  });
  element.classList.add("card");
  return { element, isDirty: () => !done && current.value() + chosen.value() !== "" };
}

/** @returns {import("../account.js").Part} */
export function email() {
  const address = field({ name: "email", label: t("account.new_email"), type: "email", autocomplete: "email", required: true });
  const current = passwordField({ name: "current_password", label: t("account.current_password") });
  let done = false;
  const present = loading(ownAccount, (account) => h("p", {}, t("account.email_now", { email: account.email })), 1);
  const { element } = form({
    fields: () => [address, current],
    content: [present.element, h("p", {}, t("account.email_why")), address.element, current.element],
    submit: t("account.email_submit"),
    onSubmit: async () => {
      await put("/api/account/email", { current_password: current.value(), email: address.value().trim() });
      done = true;
      say(t("account.email_done"));
      go("account");
    },
    onProblem: refusedAt({ password: current }),
  });
  element.classList.add("card");
  return { element, isDirty: () => !done && address.value() + current.value() !== "" };
}
