// Proposing that the files of an adviser who has left go to another one.

import { everything } from "../../core/api.js";
import { called, h } from "../../core/show.js";
import { field, form } from "../../core/form.js";
import { intention, sayDone } from "../../core/once.js";
import { guard, loading } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { language, t } from "../../core/words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Listed } from "./types.js" */

/** @returns {Screen} */
export function propose() {
  const title = t("hand_over.propose");
  const { watch, ...guarded } = guard();
  const shown = loading(
    () => everything("/api/accounts"),
    (/** @type {Listed[]} */ accounts) => {
      const leavers = advisers(accounts, "disabled");
      if (leavers.length === 0)
        return h(
          "div",
          { class: "notice fields" },
          h("p", {}, t("hand_over.nobody_leaves")),
          h("p", {}, h("a", { href: "#/accounts" }, t("hand_over.to_accounts"))),
        );
      const sheet = proposal(leavers, advisers(accounts, "active"));
      return h("div", { class: "card" }, watch(sheet));
    },
  );
  const crumb = h("p", { class: "crumb" }, h("a", { href: "#/hand-overs" }, t("hand_over.back")));
  const element = h("section", { class: "narrow" }, crumb, h("h1", {}, title), h("p", {}, t("hand_over.propose_body")), shown.element);
  return { title, element, ...guarded };
}

/** Those with this status, as options. @param {Listed[]} accounts @param {string} status */
function advisers(accounts, status) {
  const order = new Intl.Collator(language());
  const found = accounts.filter((account) => account.role === "adviser" && account.status === status);
  found.sort((one, other) => order.compare(one.display_name, other.display_name));
  return found.map(({ id, display_name: name, username }) => /** @type {[string, string]} */ ([id, called(name, username)]));
}

/** @param {[string, string][]} leavers @param {[string, string][]} successors */
function proposal(leavers, successors) {
  const choice = (/** @type {string} */ name, /** @type {[string, string][]} */ options) =>
    field({
      name,
      label: t(`hand_over.${name}`),
      hint: t(`hand_over.${name}_hint`),
      type: "select",
      options: [["", t("hand_over.choose")], ...options],
      required: true,
    });
  const from = choice("from", leavers);
  const to = choice("to", successors);
  const reason = field({ name: "reason", label: t("hand_over.reason"), hint: t("hand_over.reason_hint"), required: true });
  const fields = [from, to, reason];
  const send = intention("/api/hand-overs");
  let done = false;
  from.input.dataset.first = "";
  const made = form({
    fields: () => fields,
    content: fields.map(({ element }) => element),
    submit: t("hand_over.propose"),
    onSubmit: async () => {
      const answer = await send({ from: from.value(), to: to.value(), reason: reason.value().trim() });
      done = true;
      sayDone(answer, t("hand_over.proposed"));
      return () => go(`hand-overs/${answer.data.id}`);
    },
  });
  return { ...made, isDirty: () => !done && fields.some((one) => one.value() !== "") };
}
