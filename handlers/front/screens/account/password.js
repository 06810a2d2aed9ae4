// Another password, which ends every other session.

import { put } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { form } from "../../core/form.js";
import { newPasswordField, passwordField } from "../../core/password_field.js";
import { go } from "../../core/router.js";
import { say } from "../../core/say.js";
import { who } from "../../core/session.js";
import { t } from "../../core/text.js";
import { refusedAt } from "./confirmation.js";

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
