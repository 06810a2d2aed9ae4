// Erasing a file for good: the second, deliberate step, after it was marked.

import { post } from "../../core/api.js";
import { h, t } from "../../core/show.js";
import { ask } from "../../core/dialog.js";
import { guard, loading, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { refusedAt } from "../../screens/account/details.js";
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
  return sheet({
    pieces: [secret, tick("no_legal_duty", t("rights.no_legal_duty"))],
    submit: t("rights.erase"),
    danger: true,
    sure: () => ask({ name: "file_erase", title: t("rights.erase_title", { name }), body: t("rights.erase_sure"), confirm: t("rights.erase"), danger: true }),
    send: (body) => post(`/api/clients/${encodeURIComponent(id)}/erasure`, body),
    after: () => {
      say(t("rights.erased"));
      go("clients");
    },
    onProblem: refusedAt({ password: secret.field }),
  });
}
