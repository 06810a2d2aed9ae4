// The firm that decides about the client files of an adviser, if it is another one than the firm that runs this deployment.

import { put, sentence } from "../../core/api.js";
import { field, form } from "../../core/form.js";
import { bare, isUncertain } from "../../core/once.js";
import { busyButton, guard, loading, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { called, fill, h } from "../../core/show.js";
import { t } from "../../core/words.js";
import { find } from "./find.js";
/** @import { Onward, Screen } from "../../core/types.js" */
/** @import { Controller, Listed } from "./types.js" */

/** As lines. @param {Controller} controller */
export function controllerInWords({ name, address }) {
  return h("span", { class: "long" }, `${name}\n${address}`);
}

/** Boxes for it. @param {{ present?: Controller, parent?: string, required?: boolean }} [parts] `parent`: pointer of the object around it */
export function controllerFields({ present, parent = "", required = false } = {}) {
  const name = field({ name: "name", label: t("accounts.controller_name"), value: present?.name, pointer: `${parent}/name`, required });
  const address = field({
    name: "address",
    label: t("accounts.controller_address"),
    type: "textarea",
    rows: 3,
    value: present?.address,
    pointer: `${parent}/address`,
    required,
  });
  const read = () => ({ name: name.value().trim() || undefined, address: address.value().trim() || undefined });
  return { fields: [name, address], read };
}

/** @param {Record<string, string>} parameters @returns {Screen} */
export function controllerPage({ id = "" }) {
  const title = t("account.controller");
  const back = `accounts/${id}`;
  const { watch, ...guarded } = guard();
  const { element } = loading(
    () => find(id),
    (account) => [
      h("p", { translate: "no" }, t("accounts.controller_whose", { name: called(account.display_name, account.username) })),
      h("div", { class: "card" }, watch(editor(account, back))),
    ],
  );
  const crumb = h("p", { class: "crumb" }, h("a", { href: `#/${back}` }, t("accounts.back_one")));
  const body = h("p", { class: "soft" }, t("accounts.controller_body"));
  return { title, element: h("section", { class: "narrow" }, crumb, h("h1", {}, title), body, element), ...guarded };
}

/** @param {Listed} account @param {string} back */
function editor({ id, controller }, back) {
  const { fields, read } = controllerFields({ present: controller, required: true });
  const before = bare(read());
  // What was sent and got no answer may be stored.
  let isOpen = false;
  let isSaved = false;
  const isDirty = () => !isSaved && (isOpen || bare(read()) !== before);

  /** @param {object} body @returns {Promise<Onward>} */
  async function send(body) {
    await put(`/api/accounts/${encodeURIComponent(id)}/controller`, body);
    isSaved = true;
    say(t("app.saved"));
    return () => go(back);
  }

  const trouble = h("p", { class: "error", role: "alert", hidden: true });
  /** @returns {Promise<Onward | void>} */
  async function clear() {
    try {
      return await send({});
    } catch (error) {
      isOpen ||= isUncertain(error);
      trouble.hidden = false;
      fill(trouble, sentence(error));
    }
  }

  const made = form({
    fields: () => fields,
    content: fields.map(({ element }) => element),
    submit: t("app.save"),
    actions: [
      controller && busyButton(t("accounts.controller_none"), clear),
      h("a", { class: "button", href: `#/${back}` }, t("app.cancel")),
    ],
    async onSubmit() {
      if (isDirty()) return send(read());
      isSaved = true;
      return () => go(back);
    },
    onProblem: (problem) => {
      isOpen ||= isUncertain(problem);
      return false;
    },
  });
  return { element: h("div", { class: "fields" }, made.element, trouble), saving: made.saving, isDirty };
}
