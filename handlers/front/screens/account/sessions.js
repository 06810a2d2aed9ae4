// Where somebody is signed in, and how to end it.

import { get, remove } from "../../core/api.js";
import { h } from "../../core/dom.js";
import { dateTime } from "../../core/format.js";
import { badge, loading, table } from "../../core/pieces.js";
import { Problem, sentence } from "../../core/problem.js";
import { say } from "../../core/say.js";
import { t } from "../../core/text.js";
import { device } from "./device.js";

/** @typedef {{ id: string, created_at: string, last_seen_at: string, ip: string | null, user_agent: string | null, current: boolean }} Session */

/** @returns {import("../account.js").Part} */
export function sessions() {
  const element = h("div", { class: "steps" });
  const list = loading(async () => (await get("/api/sessions")).data.items, (/** @type {Session[]} */ items) => [shown(items), others(items)]);
  list.element.classList.add("card");
  element.append(h("p", {}, t("account.sessions_body")), list.element);

  /** @param {string} path @param {string} done */
  async function end(path, done) {
    try {
      await remove(path);
    } catch (error) {
      // One that is not there any more has ended as well.
      if (!(error instanceof Problem) || error.code !== "not_found") return say(sentence(error));
    }
    await list.reload();
    say(done);
    // The button that was pressed is gone.
    /** @type {HTMLElement | null | undefined} */ (element.closest("section")?.querySelector("h1"))?.focus();
  }

  /** @param {Session[]} items */
  function shown(items) {
    const columns = ["account.device", "account.ip", "account.since", "account.last_used", "account.action"].map((key) => ({ words: t(key) }));
    return table({ caption: t("account.sessions"), columns, rows: items.map(row) });
  }

  /** @param {Session} session */
  function row(session) {
    const name = device(session.user_agent);
    const about = h("span", { class: "visually-hidden" }, `${name}, ${dateTime(session.created_at)}`);
    const button = () => h("button", { type: "button", class: "link", onclick: () => void end(`/api/sessions/${session.id}`, t("account.ended")) }, t("account.end"), about);
    const action = session.current ? badge(t("account.this_session")) : button();
    return [name, session.ip ?? t("account.unknown"), dateTime(session.created_at), dateTime(session.last_seen_at), action];
  }

  /** @param {Session[]} items */
  function others(items) {
    if (items.length < 2) return h("p", { class: "hint" }, t("account.no_others"));
    return h("div", { class: "actions" }, h("button", { type: "button", onclick: () => void end("/api/sessions", t("account.others_ended")) }, t("account.end_others")));
  }

  return { element };
}
