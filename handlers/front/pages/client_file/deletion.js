// Deleting a client file: asked for by a word, bound to the version and the visit that it was asked in.

import { Problem, sentence } from "../../core/api.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { isUncertain } from "../../core/once.js";
import { busyButton, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { dateTime, fill, fullName, h } from "../../core/show.js";
import { t } from "../../core/words.js";
/** @import { DialogName } from "../../core/types.js" */
/** @import { Stored } from "./versions.js" */

/** @param {Stored} stored @param {{ isDirty: () => boolean, onGone: () => void }} parts */
export function deletion(stored, { isDirty, onGone }) {
  const problem = h("p", { class: "error", role: "alert", hidden: true });
  const button = busyButton(t("file.delete.button"), press, "danger-quiet");
  const element = h("div", { class: "deletion no-print" }, problem, button);

  async function press() {
    problem.hidden = true;
    const isHere = thisVisit();
    const name = stored.name() ?? "";
    try {
      if (!(await confirmed("file_delete", { name, body: isDirty() ? t("file.delete.body_dirty") : t("file.delete.body"), isHere })))
        return;
      if (!(await isRemoved(stored, { name, isHere }))) return;
      if (isHere()) leave();
      say(t("file.delete.done", { name }));
    } catch (error) {
      fill(problem, sentence(error));
      problem.hidden = false;
    }
  }

  function leave() {
    onGone();
    go("clients");
  }

  return { element, isBusy: () => button.hasAttribute("aria-busy") };
}

/**
 * A file that was deleted already is as good; one that was changed has to be confirmed once more.
 * @param {Stored} stored
 * @param {{ name: string, isHere: () => boolean }} asked
 * @param {string | null} [etag]
 * @returns {Promise<boolean>}
 */
async function isRemoved(stored, { name, isHere }, etag) {
  try {
    await stored.remove(etag);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === "not_found" || (isUncertain(error) && (await isGone(stored)))) return true;
    if (error.code !== "version_mismatch") throw error;
    const present = await stored.present();
    const body = t("file.delete.body_changed", { when: dateTime(present.data.updated_at) });
    return (
      (await confirmed("file_delete_changed", { name: fullName(present.data.person), body, isHere })) &&
      isRemoved(stored, { name, isHere }, present.etag)
    );
  }
}

/** Whether it was deleted, though no answer said so. @param {Stored} stored */
async function isGone(stored) {
  return stored.present().then(
    () => false,
    (error) => error instanceof Problem && error.code === "not_found",
  );
}

/** @param {DialogName} dialog @param {{ name: string, body: string, isHere: () => boolean }} about */
function confirmed(dialog, { name, body, isHere }) {
  return ask({
    name: dialog,
    title: t("file.delete.title", { name }),
    body,
    confirm: t("file.delete.button"),
    danger: true,
    typed: t("file.delete.word"),
    isHere,
  });
}
