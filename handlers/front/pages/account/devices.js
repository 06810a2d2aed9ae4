// Where somebody is signed in, and from which browsers that happened before: each can be ended or forgotten.

import { get, Problem, remove, sentence } from "../../core/api.js";
import { dateTime, h } from "../../core/show.js";
import { badge, loading, say, table } from "../../core/pieces.js";
import { device } from "../../core/attempts.js";
import { t } from "../../core/words.js";
/** @import { Child } from "../../core/types.js" */
/** @import { AccountPart, Session } from "./types.js" */

/** @returns {AccountPart} */
export function sessions() {
  return listed({
    path: "/api/sessions",
    title: "account.sessions",
    body: "account.sessions_body",
    columns: ["account.device", "account.ip", "account.since", "account.last_used", "account.action"],
    since: ({ id, created_at: at }) => h("span", {}, dateTime(at), h("br"), h("small", {}, t("account.reference", { id }))),
    words: {
      own: "account.this_session",
      end: "account.end",
      ended: "account.ended",
      none: "account.no_others",
      others: "account.end_others",
      othersEnded: "account.others_ended",
    },
  });
}

/** @returns {AccountPart} */
export function browsers() {
  return listed({
    path: "/api/browsers",
    title: "account.browsers",
    body: "account.browsers_body",
    columns: ["account.device", "account.ip", "account.first_seen", "account.last_seen", "account.action"],
    since: ({ created_at: at }) => dateTime(at),
    words: {
      own: "account.this_browser",
      end: "account.forget",
      ended: "account.forgotten",
      none: "account.no_other_browsers",
      others: "account.forget_others",
      othersEnded: "account.others_forgotten",
    },
  });
}

/**
 * @param {object} parts
 * @param {string} parts.path
 * @param {string} parts.title key of the words
 * @param {string} parts.body
 * @param {string[]} parts.columns
 * @param {(one: Session) => Child} parts.since
 * @param {Record<"own" | "end" | "ended" | "none" | "others" | "othersEnded", string>} parts.words
 * @returns {AccountPart}
 */
function listed({ path, title, body, columns, since, words }) {
  const element = h("div", { class: "steps" });
  const list = loading(
    async () => (await get(path)).data.items,
    (/** @type {Session[]} */ items) => [shown(items), others(items)],
  );
  list.element.classList.add("card");
  element.append(h("p", {}, t(body)), list.element);

  /** @param {string} which @param {string} done */
  async function end(which, done) {
    try {
      await remove(which);
    } catch (error) {
      // One that is not there any more has ended as well.
      if (!(error instanceof Problem) || error.code !== "not_found") return say(sentence(error));
    }
    await list.reload();
    // The button that was pressed is gone.
    /** @type {HTMLElement | null | undefined} */ (element.closest("section")?.querySelector("h1"))?.focus();
    say(done);
  }

  /** @param {Session[]} items */
  function shown(items) {
    if (items.length === 0) return h("p", { class: "hint" }, t("account.no_browsers"));
    return table({ caption: t(title), columns: columns.map((key) => ({ words: t(key) })), rows: items.map(row) });
  }

  /** @param {Session} one */
  function row(one) {
    const name = device(one.user_agent);
    const about = h("span", { class: "visually-hidden" }, `${name}, ${dateTime(one.created_at)}`);
    const button = () =>
      h("button", { type: "button", class: "link", onclick: () => void end(`${path}/${one.id}`, t(words.ended)) }, t(words.end), about);
    return [name, one.ip ?? t("account.unknown"), since(one), dateTime(one.last_seen_at), one.current ? badge(t(words.own)) : button()];
  }

  /** @param {Session[]} items */
  function others(items) {
    if (items.every(({ current }) => current)) return h("p", { class: "hint" }, t(words.none));
    return h(
      "div",
      { class: "actions" },
      h("button", { type: "button", onclick: () => void end(path, t(words.othersEnded)) }, t(words.others)),
    );
  }

  return { element };
}
