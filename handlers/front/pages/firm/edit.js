// Changing the details of the firm, and withdrawing a change that waits. Both are asked for with password and code.

import { get } from "../../core/api.js";
import { field, form, passwordField, refusedAt } from "../../core/form.js";
import { overwriting } from "../../core/once.js";
import { guard, loading, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { dateTime, fill, h } from "../../core/show.js";
import { optionsOf, t } from "../../core/words.js";
import { factorField } from "../account/details.js";
import { aboutRole, details, PATH } from "./page.js";
/** @import { Answer, Child, Guarded, Screen } from "../../core/types.js" */
/** @import { Firm } from "./types.js" */

/** @returns {Screen} */
export function edit() {
  return screenOf(t("firm.edit"), t("firm.edit_body"), editor);
}

/** @returns {Screen} */
export function withdraw() {
  return screenOf(t("firm.withdraw"), t("firm.withdraw_body"), (found, etag) => (found.proposed ? withdrawal(found, etag) : null));
}

/** @param {string} title @param {string} body @param {(found: Firm, etag: string | null) => Guarded | null} make nothing where nothing waits */
function screenOf(title, body, make) {
  const { watch, ...guarded } = guard();
  const { element } = loading(
    () => get(PATH),
    ({ data, etag }) => {
      const made = make(data, etag);
      return made === null ? h("div", { class: "notice" }, h("p", {}, t("firm.nothing_waits"))) : h("div", { class: "card" }, watch(made));
    },
  );
  const crumb = h("p", { class: "crumb" }, h("a", { href: "#/firm" }, t("firm.back")));
  return { title, element: h("section", { class: "narrow" }, crumb, h("h1", {}, title), h("p", {}, body), element), ...guarded };
}

/** @param {Firm} found @param {string | null} etag */
function editor(found, etag) {
  const role = field({
    name: "role",
    label: t("firm.role"),
    type: "select",
    options: [["", t("firm.no_role")], ...optionsOf("firm_role")],
    value: found.role ?? "",
  });
  const name = field({ name: "name", label: t("firm.name"), value: found.name ?? "" });
  const address = field({ name: "address", label: t("firm.address"), type: "textarea", rows: 3, value: found.address ?? "" });
  const means = h("div", { class: "notice fields", role: "status" });
  const explain = () => {
    const chosen = /** @type {Firm["role"] | ""} */ (role.value());
    const waits = chosen === "processor" && found.role !== "processor";
    fill(means, h("p", {}, aboutRole(chosen)), waits && h("p", {}, h("strong", {}, t("firm.will_wait"))));
  };
  role.input.addEventListener("change", explain);
  explain();
  const typed = () => ({
    role: role.value() || undefined,
    name: name.value().trim() || undefined,
    address: address.value().trim() || undefined,
  });
  const before = JSON.stringify(typed());
  return confirmed({
    etag,
    fields: [role, name, address],
    content: [found.proposed && h("p", { class: "notice warn" }, t("firm.replaces")), role.element, means, name.element, address.element],
    submit: t("app.save"),
    typed,
    isChanged: () => JSON.stringify(typed()) !== before,
    done: ({ data }) => t(...told(data)),
  });
}

/** What is said of a change that was sent. @param {Firm} found @returns {[string, Record<string, string>]} */
function told({ proposed }) {
  if (!proposed) return ["app.saved", {}];
  return proposed.applies_at === null ? ["firm.waits_second", {}] : ["firm.waits_until", { at: dateTime(proposed.applies_at) }];
}

/** Stays what it is: that withdraws what waits. @param {Firm} found @param {string | null} etag */
function withdrawal(found, etag) {
  const { role, name, address } = found;
  const present = { role: role ?? undefined, name: name ?? undefined, address: address ?? undefined };
  return confirmed({
    etag,
    fields: [],
    content: [],
    submit: t("firm.withdraw"),
    typed: () => present,
    isChanged: () => false,
    done: () => t("firm.withdrawn"),
  });
}

/**
 * A form that asks for password and code too.
 * @param {object} parts
 * @param {string | null} parts.etag
 * @param {import("../../core/types.js").Field[]} parts.fields
 * @param {Child[]} parts.content
 * @param {string} parts.submit
 * @param {() => object} parts.typed the details
 * @param {() => boolean} parts.isChanged
 * @param {(answer: Answer) => string} parts.done what is said then
 * @returns {Guarded}
 */
function confirmed({ etag, fields, content, submit, typed, isChanged, done }) {
  const password = passwordField({ name: "password", label: t("account.current_password") });
  const code = factorField();
  // What one proposed oneself is what one has sent.
  const stored = (/** @type {Firm} */ now) => details(now.proposed?.own ? now.proposed : now);
  const { write, isOpen } = overwriting(PATH, etag, stored, details);
  let isSent = false;
  const made = form({
    fields: () => [...fields, password, code],
    content: [...content, password.element, code.element],
    submit,
    actions: [h("a", { class: "button", href: "#/firm" }, t("app.cancel"))],
    async onSubmit() {
      const answer = await write({ ...typed(), password: password.value(), ...code.body() });
      isSent = true;
      say(done(answer));
      return () => go("firm");
    },
    onProblem: refusedAt({ password, code }),
  });
  const isDirty = () => !isSent && (isOpen() || isChanged() || password.value() + code.value() !== "");
  return { ...made, isDirty };
}
