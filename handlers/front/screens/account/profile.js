// Name and language.

import { put } from "../../core/api.js";
import { field } from "../../core/field.js";
import { form } from "../../core/form.js";
import { loading } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { say } from "../../core/say.js";
import { renamed } from "../../core/session.js";
import { setLanguage, t } from "../../core/text.js";
import { ownAccount } from "./overview.js";

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
