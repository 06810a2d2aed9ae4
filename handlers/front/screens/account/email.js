// Another address for mails. Both hear of it, so that nobody loses an account without a word.

import { put } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field } from "../../core/field.js";
import { form } from "../../core/form.js";
import { passwordField } from "../../core/password_field.js";
import { loading } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { say } from "../../core/say.js";
import { t } from "../../core/text.js";
import { refusedAt } from "./confirmation.js";
import { ownAccount } from "./overview.js";

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
