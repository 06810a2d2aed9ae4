// Inviting somebody: the account is made, and a mail with a one-time password goes out.

import { post } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { field } from "../../core/field.js";
import { blame, form } from "../../core/form.js";
import { go } from "../../core/router.js";
import { say } from "../../core/say.js";
import { language, t } from "../../core/text.js";
import { languageField } from "../account/changes.js";
import { back } from "./account_page.js";

/** @returns {import("../../core/router.js").Screen} */
export function invite() {
  const title = t("accounts.invite");
  const name = field({ name: "display_name", label: t("account.name"), required: true });
  const email = field({ name: "email", label: t("account.email"), hint: t("accounts.email_hint"), type: "email", required: true });
  const username = field({ name: "username", label: t("account.username"), hint: t("accounts.username_hint"), required: true, width: "medium" });
  const roles = /** @type {[string, string][]} */ (["adviser", "officer"].map((role) => [role, t(`role.${role}`)]));
  const role = field({ name: "role", label: t("account.role"), hint: t("accounts.role_hint"), type: "select", options: roles, value: "adviser", width: "medium" });
  const spoken = languageField(language());
  const typed = [name, email, username];
  let done = false;
  name.input.dataset.first = "";
  const made = form({
    fields: () => [...typed, role, spoken],
    content: [...typed, role, spoken].map(({ element }) => element),
    submit: t("accounts.invite_submit"),
    onSubmit: async () => {
      const body = { username: username.value().trim(), display_name: name.value(), email: email.value().trim(), role: role.value(), language: spoken.value() };
      const { data } = await post("/api/accounts", body);
      done = true;
      say(t("accounts.invited", { email: body.email }));
      go(`accounts/${data.id}`);
    },
    onProblem: (problem) => problem.code === "username_taken" && blame(username, t("problem.username_taken")),
  });
  const element = h("section", { class: "narrow" }, back(), h("h1", {}, title), h("p", {}, t("accounts.invite_body")), h("div", { class: "card" }, made.element));
  return { title, element, isDirty: () => !done && typed.some((one) => one.value() !== "") };
}
