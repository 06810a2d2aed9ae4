// Erasing a file for good: the second, deliberate step, after it was marked.

import { get, post, Problem } from "../../core/api.js";
import { h, t } from "../../core/show.js";
import { ask } from "../../core/dialog.js";
import { isUncertain } from "../../core/once.js";
import { guard, loading, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { refusedAt } from "../../core/form.js";
import { listed, obstacles, rightsOf } from "./file.js";
import { password, screenOf, sheet, tick } from "./sheet.js";
import { said } from "./words.js";
/** @import { Screen } from "../../core/types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function erase({ id = "" }) {
  const back = `clients/${id}/rights`;
  const { watch, ...guarded } = guard();
  const { element } = loading(() => rightsOf(id), (found) => {
    const inTheWay = obstacles(found);
    if (inTheWay.length > 0) return h("div", { class: "fields" }, ...listed(inTheWay));
    const made = question(id, found.name);
    return h("div", { class: "fields" }, h("p", { translate: "no" }, t("rights.erase_whose", { name: found.name, ground: said(`erasure_ground.${found.marked}`) })), watch(made));
  });
  return screenOf({ title: t("rights.erase"), back, backWords: t("rights.back_one"), about: t("rights.erase_body") }, { element, ...guarded });
}

/** @param {string} id @param {string} name */
function question(id, name) {
  const secret = password();
  let isUnheard = false;

  /** What is gone after no answer was erased by this. @param {unknown} body */
  async function send(body) {
    try {
      return await post(`/api/clients/${encodeURIComponent(id)}/erasure`, body);
    } catch (error) {
      const isGone = isUncertain(error) ? await gone(id) : isUnheard && isMissing(error);
      isUnheard ||= isUncertain(error);
      if (!isGone) throw error;
      return undefined;
    }
  }

  return sheet({
    pieces: [secret, tick("no_legal_duty", t("rights.no_legal_duty"))],
    submit: t("rights.erase"),
    danger: true,
    sure: () => ask({ name: "file_erase", title: t("rights.erase_title", { name }), body: t("rights.erase_sure"), confirm: t("rights.erase"), danger: true }),
    send,
    after: () => {
      say(t("rights.erased"));
      return () => go("clients");
    },
    onProblem: refusedAt({ password: secret.field }),
  });
}

/** @param {string} id @returns {Promise<boolean>} not when nobody can tell */
function gone(id) {
  return get(`/api/clients/${encodeURIComponent(id)}/rights`).then(() => false, isMissing);
}

/** @param {unknown} error */
function isMissing(error) {
  return error instanceof Problem && error.code === "not_found";
}
