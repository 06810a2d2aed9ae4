// The second step of signing in: how it stands, and what can be done about it.

import { post } from "../../core/api.js";
import { fill, h } from "../../core/dom.js";
import { form } from "../../core/form.js";
import { loading } from "../../core/pieces.js";
import { passwordField } from "../../core/password_field.js";
import { go, landing } from "../../core/router.js";
import { say } from "../../core/say.js";
import { who } from "../../core/session.js";
import { t } from "../../core/text.js";
import { cancel, card, codeField, digits, refusedAt, rows, step } from "./pieces.js";
import { showEnrolment } from "./enrolment.js";
import { ownAccount, twoFactorState } from "./overview.js";
import { showCodes } from "./recovery_codes.js";

/** @typedef {import("./pieces.js").Flow} Flow */

/** @returns {import("../account.js").Part} */
export function twoFactor() {
  const place = h("div", { class: "steps" });
  const forced = who()?.mustEnrol ?? false;
  const onCancel = () => showState(flow);
  /** @type {Flow} */
  const flow = { place, unkept: false, onCancel, onDone: forced ? () => go(landing()) : onCancel };
  if (forced) showEnrolment(flow, { isOn: false, why: h("p", { class: "notice" }, t("account.must_enrol")) });
  else fill(place, state(flow));
  return { element: place, isDirty: () => flow.unkept, losing: () => t("account.codes_losing") };
}

/** @param {Flow} flow */
function showState(flow) {
  fill(flow.place, state(flow));
  /** @type {HTMLElement | null | undefined} */ (flow.place.closest("section")?.querySelector("h1"))?.focus();
}

/** @param {Flow} flow */
function state(flow) {
  return loading(ownAccount, (account) => (account.two_factor.enabled ? whenOn(flow, account) : whenOff(flow))).element;
}

/** @param {Flow} flow */
function whenOff(flow) {
  const on = h("button", { type: "button", class: "primary", onclick: () => showEnrolment(flow, { isOn: false }) }, t("account.turn_on"));
  return h("div", { class: "card" }, h("p", {}, ...twoFactorState({ enabled: false, recovery_codes_left: 0 })), h("p", {}, t("account.two_factor_why")), h("div", { class: "actions" }, on));
}

/** @param {Flow} flow @param {import("./overview.js").Account} account */
function whenOn(flow, account) {
  const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) => h("button", { type: "button", onclick }, t(key));
  const disable = account.role === "officer" ? null : button("account.turn_off", () => showDisable(flow));
  return rows([
    { label: t("account.state"), value: twoFactorState(account.two_factor) },
    { label: t("account.recovery_codes"), value: t("account.recovery_why"), action: button("account.renew_codes", () => showRenewal(flow)) },
    { label: t("account.other_app"), value: t("account.other_app_why"), action: button("account.set_up_again", () => showEnrolment(flow, { isOn: true })) },
    { label: t("account.turn_off"), value: disable ? t("account.turn_off_why") : t("account.turn_off_never"), action: disable },
  ]);
}

/** @param {Flow} flow */
function showRenewal(flow) {
  const password = passwordField({ name: "password", label: t("account.current_password") });
  password.input.dataset.first = "";
  const { element } = form({
    fields: () => [password],
    content: [h("p", {}, t("account.renew_body")), password.element],
    submit: t("account.renew_codes"),
    actions: [cancel(flow)],
    onSubmit: async () => showCodes(flow, (await post("/api/two-factor/recovery-codes", { password: password.value() })).data.recovery_codes),
    onProblem: refusedAt({ password }),
  });
  step(flow, t("account.renew_codes"), card(element));
}

/** @param {Flow} flow */
function showDisable(flow) {
  const password = passwordField({ name: "password", label: t("account.current_password") });
  const code = codeField();
  password.input.dataset.first = "";
  const { element } = form({
    fields: () => [password, code],
    content: [h("p", {}, t("account.turn_off_body")), password.element, code.element],
    submit: t("account.turn_off"),
    danger: true,
    actions: [cancel(flow)],
    onSubmit: async () => {
      await post("/api/two-factor/disable", { password: password.value(), code: digits(code) });
      say(t("account.turned_off"));
      showState(flow);
    },
    onProblem: refusedAt({ password, code }),
  });
  step(flow, t("account.turn_off"), card(element));
}
