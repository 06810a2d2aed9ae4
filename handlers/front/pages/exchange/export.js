// All own files as one document, after the password.

import { post } from "../../core/api.js";
import { h, t } from "../../core/show.js";
import { field, form, passwordField, refusedAt } from "../../core/form.js";
import { keep, say } from "../../core/pieces.js";

/** @returns {{ element: HTMLElement, isBusy: () => boolean }} */
export function exportCard() {
  const formats = /** @type {[string, string][]} */ ([["csv", t("exchange.csv")], ["json", t("exchange.json")]]);
  const format = field({ name: "format", label: t("exchange.format"), type: "select", options: formats, value: "csv", width: "medium" });
  const password = passwordField({ name: "password", label: t("account.current_password"), hint: t("exchange.password_hint") });
  let busy = false;
  // The same until it has arrived: a second try is the same export, not another one.
  let key = crypto.randomUUID();
  const made = form({
    fields: () => [format, password],
    content: [format.element, password.element],
    submit: t("exchange.export_submit"),
    onSubmit: async () => {
      busy = true;
      try {
        const { data } = await post("/api/exports", { format: format.value(), password: password.value() }, { headers: { "Idempotency-Key": key }, asFile: true });
        keep(data, `finrust-export.${format.value()}`);
        key = crypto.randomUUID();
        password.input.value = "";
        say(t("exchange.exported"));
      } finally {
        busy = false;
      }
    },
    onProblem: refusedAt({ password }),
  });
  format.input.addEventListener("change", () => (key = crypto.randomUUID()));
  const warning = h("p", { class: "notice warn" }, t("exchange.export_warning"));
  const element = h("div", { class: "card" }, h("h2", {}, t("exchange.export")), h("p", {}, t("exchange.export_body")), warning, made.element);
  return { element, isBusy: () => busy };
}
