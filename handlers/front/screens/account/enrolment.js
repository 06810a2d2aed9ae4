// Setting up an authenticator app: the password, the QR code, and a code that proves that the app has it.

import { post } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { form } from "../../core/form.js";
import { passwordField } from "../../core/password_field.js";
import { enrolled } from "../../core/session.js";
import { t } from "../../core/text.js";
import { cancel, card, codeField, digits, factorField, refusedAt, step } from "./pieces.js";
import { qrCode } from "./qr.js";
import { showCodes } from "./recovery_codes.js";

/** @typedef {import("./pieces.js").Flow} Flow */
/** @typedef {{ secret: string, otpauth_url: string, qr_svg: string }} Enrolment */
/** @typedef {{ isOn: boolean, why?: HTMLElement }} Options `isOn`: another app takes the place of the present one, which is asked for too */

/** @param {Flow} flow @param {Options} options @param {string} [complaint] */
export function showEnrolment(flow, options, complaint) {
  const password = passwordField({ name: "password", label: t("account.current_password") });
  const factor = options.isOn ? factorField() : null;
  password.input.dataset.first = "";
  const made = form({
    fields: () => (factor ? [password, factor] : [password]),
    content: [h("p", {}, t("account.enrol_body")), password.element, factor && factor.element],
    submit: t("account.next"),
    actions: options.why ? [] : [cancel(flow)],
    onSubmit: async () => {
      const { data } = await post("/api/two-factor", { password: password.value(), ...factor?.body() });
      showSecret(flow, options, data);
    },
    onProblem: refusedAt({ password, code: factor ?? undefined }),
  });
  step(flow, t("account.enrol_title"), options.why, card(made.element));
  if (complaint) made.complain(complaint);
}

/** @param {Flow} flow @param {Options} options @param {Enrolment} enrolment */
function showSecret(flow, options, enrolment) {
  const code = codeField();
  const { element } = form({
    fields: () => [code],
    content: [code.element],
    submit: t("account.turn_on"),
    actions: options.why ? [] : [cancel(flow)],
    onSubmit: async () => {
      const { data } = await post("/api/two-factor/confirm", { code: digits(code) });
      enrolled();
      showCodes(flow, data.recovery_codes);
    },
    onProblem: (problem) => {
      if (problem.code !== "wrong_step") return refusedAt({ code })(problem);
      showEnrolment(flow, options, t("account.enrol_late"));
      return true;
    },
  });
  const scan = h("li", {}, h("p", {}, t("account.enrol_scan")), qrCode(enrolment.qr_svg, t("account.qr")), otherWays(enrolment));
  const list = h("ol", { class: "how" }, h("li", {}, h("p", {}, t("account.enrol_app"))), scan, h("li", {}, h("p", {}, t("account.enrol_code")), element));
  step(flow, t("account.enrol_title"), card(list));
}

/** For who cannot scan: the key to type, and a link where the app is on this device. @param {Enrolment} enrolment */
function otherWays({ secret, otpauth_url: url }) {
  const groups = secret.match(/.{1,4}/g) ?? [];
  const link = url.startsWith("otpauth://") && h("p", {}, h("a", { href: url }, t("account.enrol_here")));
  return h("details", {}, h("summary", {}, t("account.enrol_cannot_scan")), h("p", {}, t("account.enrol_type")), h("p", {}, h("code", { class: "secret" }, groups.join(" "))), link);
}
