// For officers: everybody who has an account, one of them, and inviting somebody.

import { everything, post, put, remove, sentence } from "../../core/api.js";
import { called, dateTime, fill, h } from "../../core/show.js";
import { blame, field, form, languageField } from "../../core/form.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { bare, intention, isDone, sayDone } from "../../core/once.js";
import { badge, busyButton, loading, rows, say, table } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { who } from "../../core/session.js";
import { readEmail } from "../../core/values.js";
import { attemptList } from "../../core/attempts.js";
import { language, t } from "../../core/words.js";
import { controllerFields, controllerInWords } from "./controller.js";
import { find } from "./find.js";
/** @import { Onward, Screen } from "../../core/types.js" */
/** @import { Listed, Status } from "./types.js" */

/** What an account is after each action that says so. @type {Record<string, string[]>} */
const BECOMES = { disable: ["disabled"], enable: ["active", "invited"], confirm: ["invited", "active"] };

/** @returns {Screen} */
export function accounts() {
  const title = t("accounts.title");
  const invite = h("a", { class: "button primary", href: "#/accounts/invite" }, t("accounts.invite"));
  const list = loading(
    () => everything("/api/accounts"),
    (all) => h("div", { class: "card" }, listed(all)),
  );
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("accounts.body"))), invite);
  return { title, element: h("section", {}, head, list.element) };
}

/** The server has no order for them. @param {Listed[]} all */
function listed(all) {
  const order = new Intl.Collator(language());
  const sorted = all.toSorted((one, other) => order.compare(one.display_name, other.display_name));
  const columns = ["app.name", "account.role", "accounts.status", "app.two_factor", "accounts.last"].map((key) => ({ words: t(key) }));
  return table({ caption: t("accounts.title"), columns, rows: sorted.map(row) });
}

/** @param {Listed} account */
function row(account) {
  const who = h("span", { class: "who" }, h("a", { href: `#/accounts/${account.id}` }, called(account.display_name, account.username)));
  const factor = account.two_factor ? t("account.on") : badge(t("account.off"), "plain");
  return [
    who,
    t(`role.${account.role}`),
    statusBadge(account.status),
    factor,
    account.last_signed_in_at ? dateTime(account.last_signed_in_at) : t("accounts.never"),
  ];
}

/** @param {Status} status */
function statusBadge(status) {
  const kinds = /** @type {const} */ ({ proposed: "warn", invited: "plain", active: "", disabled: "bad" });
  return badge(t(`status.${status}`), kinds[status]);
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function accountPage({ id = "" }) {
  const title = t("accounts.one");
  const path = `/api/accounts/${encodeURIComponent(id)}`;
  let status = "";
  const account = loading(
    async () => seen(await find(id)),
    (found) => [rows(described(found, act)), unused(found) && address(path, reload), unused(found) && takeBack(path, found)],
  );
  const heading = h("h1", {}, title);
  const refusal = h("div", { class: "notice bad", role: "alert", hidden: true });

  const again = intention(`${path}/invite`);

  /** @param {Listed} found */
  function seen(found) {
    status = found.status;
    return found;
  }

  /** @param {string} action @param {string} done @param {() => Promise<string>} [stale] why it is not asked for after all */
  async function act(action, done, stale = async () => "") {
    refusal.hidden = true;
    const isHere = thisVisit();
    const refuse = (/** @type {string} */ why) => {
      refusal.hidden = false;
      fill(refusal, h("p", {}, why));
    };
    /** @type {unknown} */
    let wrong = null;
    try {
      const why = await stale();
      if (why === "") await (action === "invite" ? again() : post(`${path}/${action}`));
      else refuse(why);
    } catch (error) {
      wrong = error;
    }
    if (!isHere()) return;
    await account.reload();
    heading.focus();
    if (!isDone(wrong, BECOMES[action]?.includes(status) ?? false)) refuse(sentence(wrong));
    if (refusal.hidden) say(done);
  }

  async function reload() {
    await account.reload();
    heading.focus();
  }

  const attempts = h("div", { class: "card" }, h("h2", {}, t("account.attempts")), attemptList(`${path}/login-attempts`));
  return { title, element: h("section", {}, back(), heading, refusal, account.element, attempts) };
}

/** The way back to the list. */
function back() {
  return h("p", { class: "crumb" }, h("a", { href: "#/accounts" }, t("accounts.back")));
}

/** @param {Listed} account @param {(action: string, done: string, stale?: () => Promise<string>) => Promise<void>} act */
function described(account, act) {
  const { id, display_name: name, username, email, role, status, two_factor: factor, last_signed_in_at: last, controller } = account;
  const change = h(
    "a",
    { href: `#/accounts/${id}/controller` },
    t("account.change"),
    h("span", { class: "visually-hidden" }, t("account.controller")),
  );
  const whose = { label: t("account.controller"), value: controller ? controllerInWords(controller) : t("account.no_controller") };
  return [
    { label: t("app.name"), value: name },
    { label: t("app.username"), value: username },
    { label: t("file.label.email"), value: email },
    { label: t("account.role"), value: t(`role.${role}`) },
    ...(role === "adviser" ? [{ ...whose, action: change }] : []),
    { label: t("accounts.status"), value: [statusBadge(status), " ", t(`accounts.is_${status}`)], action: statusAction(account, act) },
    { label: t("app.two_factor"), value: t(factor ? "account.on" : "account.off") },
    { label: t("accounts.last"), value: last ? dateTime(last) : t("accounts.never") },
    { label: t("accounts.throttle"), value: t("accounts.throttle_why"), action: unlockAction(account, act) },
  ];
}

/** @param {Listed} account @param {(action: string, done: string) => Promise<void>} act */
function unlockAction({ username }, act) {
  if (username === who()?.username) return h("span", { class: "hint" }, t("accounts.throttle_not_own"));
  return button("accounts.unlock", () => act("unlock", t("accounts.unlocked")));
}

/** @param {Listed} account @param {(action: string, done: string, stale?: () => Promise<string>) => Promise<void>} act */
function statusAction({ id, status, username, own, display_name: name, email }, act) {
  if (username === who()?.username) return h("span", { class: "hint" }, t("accounts.not_own"));
  const asked = (/** @type {"enable" | "disable" | "confirm"} */ change, /** @type {boolean} */ danger) => async () => {
    const sure = await ask({
      name: `account_${change}`,
      title: t(`accounts.${change}_title`, { name: called(name, username) }),
      body: t(`accounts.${change}_body`, { email }),
      confirm: t(`accounts.${change}`),
      danger,
    });
    if (!sure) return;
    // What was read is what is confirmed: somebody may have written another address meanwhile.
    await act(change, t(`accounts.${change}_done`), async () =>
      change === "confirm" && (await find(id)).email !== email ? t("accounts.other_address") : "",
    );
  };
  if (status === "proposed")
    return own ? h("span", { class: "hint" }, t("accounts.own_proposal")) : button("accounts.confirm", asked("confirm", false));
  if (status === "disabled") return button("accounts.enable", asked("enable", false));
  const again = button("accounts.invite_again", () => act("invite", t("accounts.invited_again")));
  return h("div", { class: "actions" }, status === "invited" && again, button("accounts.disable", asked("disable", true), "danger-quiet"));
}

/** Nobody has used it yet. @param {Listed} account */
function unused({ status }) {
  return status === "proposed" || status === "invited";
}

function addressField() {
  return field({
    name: "email",
    label: t("file.label.email"),
    hint: t("accounts.email_hint"),
    inputmode: "email",
    isFormed: true,
    required: true,
  });
}

/** Sends the invitation elsewhere. @param {string} path @param {() => Promise<void>} reload */
function address(path, reload) {
  const email = addressField();
  const made = form({
    fields: () => [email],
    content: [email.element],
    submit: t("accounts.readdress"),
    onSubmit: async () => {
      await put(`${path}/email`, { email: readEmail(email.value()) });
      say(t("accounts.readdressed"));
      await reload();
    },
  });
  return h("div", { class: "card" }, h("h2", {}, t("accounts.readdress_title")), h("p", {}, t("accounts.readdress_body")), made.element);
}

/** @param {string} path @param {Listed} account */
function takeBack(path, { display_name: name, username }) {
  const trouble = h("p", { role: "alert", hidden: true });
  /** @returns {Promise<Onward | void>} */
  async function press() {
    const sure = await ask({
      name: "account_take_back",
      title: t("accounts.take_back_title", { name: called(name, username) }),
      body: t("accounts.take_back_body"),
      confirm: t("accounts.take_back"),
      danger: true,
    });
    if (!sure) return;
    try {
      await remove(path);
    } catch (error) {
      trouble.hidden = false;
      fill(trouble, sentence(error));
      return;
    }
    say(t("accounts.taken_back"));
    return () => go("accounts");
  }
  return h("div", { class: "actions" }, button("accounts.take_back", press, "danger-quiet"), trouble);
}

/** @param {string} key @param {() => Promise<Onward | void>} onPress @param {string} [kind] */
function button(key, onPress, kind = "") {
  return busyButton(t(key), onPress, kind);
}

/** @returns {Screen} */
export function invite() {
  const title = t("accounts.invite");
  const name = field({ name: "display_name", label: t("app.name"), required: true });
  const email = addressField();
  const username = field({
    name: "username",
    label: t("app.username"),
    hint: t("accounts.username_hint"),
    required: true,
    width: "medium",
  });
  const roles = /** @type {[string, string][]} */ (["adviser", "officer"].map((role) => [role, t(`role.${role}`)]));
  const role = field({
    name: "role",
    label: t("account.role"),
    hint: t("accounts.role_hint"),
    type: "select",
    options: roles,
    value: "adviser",
    width: "medium",
  });
  const spoken = languageField(language());
  const controller = controllerFields({ parent: "/controller" });
  const firm = h(
    "div",
    { class: "fields" },
    h("p", { class: "hint" }, t("accounts.controller_hint")),
    ...controller.fields.map(({ element }) => element),
  );
  const isAdviser = () => role.value() === "adviser";
  role.input.addEventListener("change", () => (firm.hidden = !isAdviser()));
  const typed = [name, email, username, ...controller.fields];
  const shown = () => [name, email, username, role, ...(isAdviser() ? controller.fields : []), spoken];
  const send = intention("/api/accounts");
  let done = false;
  name.input.dataset.first = "";
  const made = form({
    fields: shown,
    content: [name, email, username, role, { element: firm }, spoken].map(({ element }) => element),
    submit: t("accounts.invite_submit"),
    onSubmit: async () => {
      const body = {
        username: username.value().trim(),
        display_name: name.value(),
        email: readEmail(email.value()),
        role: role.value(),
        language: spoken.value(),
        ...(isAdviser() && bare(controller.read()) !== bare({}) && { controller: controller.read() }),
      };
      const answer = await send(body);
      done = true;
      const { id, status, email: to } = answer.data;
      sayDone(answer, status === "proposed" ? t("accounts.proposed") : t("accounts.invited", { email: to }));
      return () => go(`accounts/${id}`);
    },
    onProblem: (problem) => {
      const forms = /** @type {Record<string, string>} */ ({ "/username": "accounts.username_wrong", "/email": "file.wrong.email" });
      for (const error of problem.errors)
        if (error.code !== "required" && forms[error.pointer]) error.words = t(forms[error.pointer] ?? "");
      return problem.code === "username_taken" && blame(username, t("problem.username_taken"));
    },
  });
  const element = h(
    "section",
    { class: "narrow" },
    back(),
    h("h1", {}, title),
    h("p", {}, t("accounts.invite_body")),
    h("div", { class: "card" }, made.element),
  );
  return { ...made, title, element, isDirty: () => !done && typed.some((one) => one.value() !== "") };
}
