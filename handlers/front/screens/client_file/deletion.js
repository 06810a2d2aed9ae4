// Deleting a client file: at the end of the page, behind a word that has to be typed.

import { ask } from "../../core/dialog.js";
import { fill, h } from "../../core/dom.js";
import { dateTime } from "../../core/format.js";
import { Problem, sentence } from "../../core/problem.js";
import { go } from "../../core/router.js";
import { say } from "../../core/say.js";
import { t } from "../../core/text.js";

/** @typedef {import("./storing.js").Stored} Stored */

/**
 * @param {Stored} stored
 * @param {{ isDirty: () => boolean, onGone: () => void }} parts
 */
export function deletion(stored, { isDirty, onGone }) {
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  const button = h("button", { type: "button", class: "danger-quiet", onclick: () => void press() }, t("file.delete.button"));
  const element = h("div", { class: "deletion no-print" }, problem, button);

  async function press() {
    problem.hidden = true;
    try {
      if (!(await confirmed(isDirty() ? t("file.delete.body_dirty") : t("file.delete.body")))) return;
      if (await isRemoved(stored)) leave();
    } catch (error) {
      fill(problem, sentence(error));
      problem.hidden = false;
    }
  }

  function leave() {
    onGone();
    go("clients");
    say(t("file.delete.done"));
  }

  return { element };
}

/**
 * A file that was deleted already is as good; one that was changed has to be confirmed once more.
 * @param {Stored} stored
 * @param {string | null} [etag]
 * @returns {Promise<boolean>}
 */
async function isRemoved(stored, etag) {
  try {
    await stored.remove(etag);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "not_found") return true;
    if (error.code !== "version_mismatch") throw error;
    const present = await stored.present();
    if (!(await confirmed(t("file.delete.body_changed", { when: dateTime(present.data.updated_at) })))) return false;
    return isRemoved(stored, present.etag);
  }
}

/** @param {string} body */
function confirmed(body) {
  return ask({ title: t("file.delete.title"), body, confirm: t("file.delete.yes"), danger: true, typed: t("file.delete.word") });
}
