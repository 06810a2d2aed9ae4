// Asking for a new password. The answer is the same whether or not the username exists.

import { post } from "../core/api.js";
import { fill, h } from "../core/dom.js";
import { field } from "../core/field.js";
import { form } from "../core/form.js";
import { t } from "../core/text.js";

/** @returns {import("../core/router.js").Screen} */
export function forgotten() {
  const place = h("div", {});
  const username = field({ name: "username", label: t("sign_in.username"), autocomplete: "username", required: true });
  username.input.dataset.first = "";
  const asked = form({
    fields: () => [username],
    content: [h("p", {}, t("forgotten.body")), username.element],
    submit: t("forgotten.submit"),
    onSubmit: async () => {
      await post("/api/password-reset", { username: username.value() }, { atSignIn: true });
      const heading = h("h1", { tabindex: "-1" }, t("forgotten.sent_title"));
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
