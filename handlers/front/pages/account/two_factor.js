// The second step of signing in: how it stands, setting it up with an authenticator app, and the recovery codes.

import { post } from "../../core/api.js";
import { entitle, fill, h, longDate, svg } from "../../core/show.js";
import { form, passwordField, refusedAt } from "../../core/form.js";
import { thisMinute } from "../../core/moment.js";
import { card, keep, loading, rows, say } from "../../core/pieces.js";
import { go, landing } from "../../core/router.js";
import { enrolled, who } from "../../core/session.js";
import { t } from "../../core/words.js";
import { cancel, codeField, digits, factorField, ownAccount, step, twoFactorState, wasDone } from "./details.js";
/** @import { Account, AccountPart, Enrolment, Flow, Options } from "./types.js" */

/** @returns {AccountPart} */
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
  entitle(t("app.two_factor"));
  /** @type {HTMLElement | null | undefined} */ (flow.place.closest("section")?.querySelector("h1"))?.focus();
}

/** @param {Flow} flow */
function state(flow) {
  return loading(ownAccount, (account) => (account.two_factor.enabled ? whenOn(flow, account) : whenOff(flow))).element;
}

/** @param {Flow} flow */
function whenOff(flow) {
  const on = h("button", { type: "button", class: "primary", onclick: () => showEnrolment(flow, { isOn: false }) }, t("account.turn_on"));
  return h(
    "div",
    { class: "card" },
    h("p", {}, ...twoFactorState({ enabled: false, recovery_codes_left: 0, recovery_codes_seen: true })),
    h("p", {}, t("account.two_factor_why")),
    h("div", { class: "actions" }, on),
  );
}

/** @param {Flow} flow @param {Account} account */
function whenOn(flow, account) {
  const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) => h("button", { type: "button", onclick }, t(key));
  const isSeen = account.two_factor.recovery_codes_seen;
  const disable = account.role === "officer" ? null : button("account.turn_off", () => showDisable(flow));
  const state = rows([
    { label: t("account.state"), value: twoFactorState(account.two_factor) },
    {
      label: t("account.recovery_codes"),
      value: t("account.recovery_why"),
      action: isSeen ? button("account.renew_codes", () => showRenewal(flow)) : null,
    },
    {
      label: t("account.other_app"),
      value: t("account.other_app_why"),
      action: button("account.set_up_again", () => showEnrolment(flow, { isOn: true, isSeen })),
    },
    { label: t("account.turn_off"), value: disable ? t("account.turn_off_why") : t("account.turn_off_never"), action: disable },
  ]);
  if (isSeen) return state;
  const renew = h("button", { type: "button", class: "primary", onclick: () => showRenewal(flow) }, t("account.renew_codes"));
  return h(
    "div",
    { class: "fields" },
    h("div", { class: "notice warn fields" }, h("p", {}, t("account.codes_unseen_why")), h("div", { class: "actions" }, renew)),
    state,
  );
}

/** @param {Flow} flow */
function showRenewal(flow) {
  const why = t("account.codes_maybe");
  const password = passwordField({ name: "password", label: t("account.current_password") });
  const factor = factorField();
  password.input.dataset.first = "";
  const { element } = form({
    fields: () => [password, factor],
    content: [h("p", {}, t("account.renew_body")), password.element, factor.element],
    submit: t("account.renew_codes"),
    actions: [cancel(flow)],
    onSubmit: async () => {
      const { data } = await post("/api/two-factor/recovery-codes", { password: password.value(), ...factor.body() }, { renews: why });
      showCodes(flow, data.recovery_codes);
    },
    onProblem: async (problem) => {
      // Made, and seen by nobody: what is shown then leads to new ones.
      const isMade = await wasDone(problem, why, ({ two_factor: { recovery_codes_seen: seen } }) => !seen);
      if (isMade) showState(flow);
      return isMade || refusedAt({ password, code: factor })(problem);
    },
  });
  step(flow, t("account.renew_codes"), card(element));
}

/** @param {Flow} flow */
function showDisable(flow) {
  const why = t("account.factor_maybe");
  const finish = () => {
    say(t("account.turned_off"));
    showState(flow);
  };
  const password = passwordField({ name: "password", label: t("account.current_password") });
  const factor = factorField();
  password.input.dataset.first = "";
  const { element } = form({
    fields: () => [password, factor],
    content: [h("p", {}, t("account.turn_off_body")), password.element, factor.element],
    submit: t("account.turn_off"),
    danger: true,
    actions: [cancel(flow)],
    onSubmit: async () => {
      await post("/api/two-factor/disable", { password: password.value(), ...factor.body() }, { renews: why });
      finish();
    },
    onProblem: async (problem) => {
      const isMade = await wasDone(problem, why, (account) => !account.two_factor.enabled);
      if (isMade) finish();
      return isMade || refusedAt({ password, code: factor })(problem);
    },
  });
  step(flow, t("account.turn_off"), card(element));
}

/** @param {Flow} flow @param {Options} options @param {string} [complaint] */
function showEnrolment(flow, options, complaint) {
  const password = passwordField({ name: "password", label: t("account.current_password") });
  const factor = options.isOn ? factorField() : null;
  password.input.dataset.first = "";
  const made = form({
    fields: () => (factor ? [password, factor] : [password]),
    content: [h("p", {}, t("account.enrol_body")), password.element, factor && factor.element],
    submit: t("app.next"),
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
  const why = t(options.isOn ? "account.app_maybe" : "account.factor_maybe");
  const code = codeField();
  const { element } = form({
    fields: () => [code],
    content: [code.element],
    submit: t("account.turn_on"),
    actions: options.why ? [] : [cancel(flow)],
    onSubmit: async () => {
      const { data } = await post("/api/two-factor/confirm", { code: digits(code) }, { renews: why });
      enrolled();
      showCodes(flow, data.recovery_codes);
    },
    onProblem: async (problem) => {
      // On, with codes that nobody has seen: what is shown then says so.
      const isMade = (/** @type {Account} */ { two_factor: { enabled, recovery_codes_seen: seen } }) =>
        enabled && (!options.isOn || (options.isSeen === true && !seen));
      if (await wasDone(problem, why, isMade)) {
        enrolled();
        showState(flow);
        return true;
      }
      if (problem.code !== "wrong_step") return refusedAt({ code })(problem);
      showEnrolment(flow, options, t("account.enrol_late"));
      return true;
    },
  });
  const scan = h("li", {}, h("p", {}, t("account.enrol_scan")), qrCode(enrolment.qr_svg, t("account.qr")), otherWays(enrolment));
  const list = h(
    "ol",
    { class: "how" },
    h("li", {}, h("p", {}, t("account.enrol_app"))),
    scan,
    h("li", {}, h("p", {}, t("account.enrol_code")), element),
  );
  step(flow, t("account.enrol_title"), card(list));
}

/** For who cannot scan: the key to type, and a link where the app is on this device. @param {Enrolment} enrolment */
function otherWays({ secret, otpauth_url: url }) {
  const groups = secret.match(/.{1,4}/g) ?? [];
  const link = url.startsWith("otpauth://") && h("p", {}, h("a", { href: url }, t("account.enrol_here")));
  return h(
    "details",
    {},
    h("summary", {}, t("account.enrol_cannot_scan")),
    h("p", {}, t("account.enrol_type")),
    h("p", {}, h("code", { class: "secret", translate: "no" }, groups.join(" "))),
    link,
  );
}

const SHAPE = new RegExp(
  '^<\\?xml version="1\\.0" standalone="yes"\\?><svg xmlns="[^"]+" version="1\\.1" width="(\\d{1,4})" height="\\1"' +
    ' viewBox="0 0 \\1 \\1" shape-rendering="crispEdges"><rect x="0" y="0" width="\\1" height="\\1" fill="#fff"/><path fill="#000"' +
    ' d="((?:M\\d{1,4} \\d{1,4}h\\d{1,4}v\\d{1,4}H\\d{1,4}V\\d{1,4})+)"/></svg>$',
);

/** Nothing when it is not a QR code: the key can be typed as well. @param {string} source @param {string} label */
function qrCode(source, label) {
  const [, size, squares] = SHAPE.exec(source) ?? [];
  if (size === undefined) return null;
  const shapes = [svg("rect", { width: size, height: size, fill: "#fff" }), svg("path", { d: squares, fill: "#000" })];
  return svg(
    "svg",
    { class: "qr", viewBox: `0 0 ${size} ${size}`, "shape-rendering": "crispEdges", role: "img", "aria-label": label },
    ...shapes,
  );
}

/** @param {Flow} flow @param {string[]} codes */
function showCodes(flow, codes) {
  flow.unkept = true;
  const made = form({
    fields: () => [],
    content: [h("label", { class: "check" }, h("input", { type: "checkbox", name: "kept" }), t("account.codes_kept"))],
    submit: t("app.next"),
    onSubmit: async () => {
      if (!made.element.querySelector("input")?.checked) return made.complain(t("account.codes_keep_first"));
      await post("/api/two-factor/recovery-codes/seen");
      flow.unkept = false;
      flow.onDone();
    },
  });
  made.element.classList.add("no-print");
  const why = h("p", { class: "no-print" }, t("account.codes_body"));
  step(flow, t("account.codes_title"), card(why, sheet(codes), ways(codes), made.element));
}

/** What is printed: says what it belongs to and from when, but not to whom. @param {string[]} codes */
function sheet(codes) {
  const list = codes.map((code) => h("li", {}, h("code", { translate: "no" }, code)));
  return h("div", { class: "sheet" }, h("p", {}, heading()), h("ol", {}, ...list), h("p", { class: "hint" }, t("account.codes_use")));
}

/** @param {string[]} codes */
function ways(codes) {
  const text = [heading(), "", ...codes, "", t("account.codes_use"), ""].join("\n");
  const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) => h("button", { type: "button", onclick }, t(key));
  return h(
    "div",
    { class: "actions" },
    button("account.copy", () => void copy(text)),
    button("account.download", () => keep(new Blob([text], { type: "text/plain" }), t("account.codes_file"))),
    button("app.print", () => print()),
  );
}

function heading() {
  return t("account.codes_heading", { site: location.host, date: longDate(thisMinute()) });
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("account.copied"));
  } catch {
    say(t("account.copy_failed"));
  }
}
