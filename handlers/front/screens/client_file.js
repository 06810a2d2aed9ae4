// The file of one client: everything in it, to be read, changed, saved and deleted. `new` instead of an id makes a new one.

import { fullName } from "../core/client.js";
import { ask } from "../core/dialog.js";
import { fill, h } from "../core/dom.js";
import { form } from "../core/form.js";
import { dateTime } from "../core/format.js";
import { loading } from "../core/pieces.js";
import { Problem } from "../core/problem.js";
import { rename, shown } from "../core/router.js";
import { t } from "../core/text.js";
import { choose } from "./client_file/conflict.js";
import { compare } from "./client_file/differences.js";
import { editor } from "./client_file/editor.js";
import { head } from "./client_file/head.js";
import { navigation } from "./client_file/navigation.js";
import { same, settled } from "./client_file/plain.js";
import { deletion } from "./client_file/deletion.js";
import { shortcuts } from "./client_file/shortcuts.js";
import { Stored } from "./client_file/storing.js";

/** @typedef {import("./client_file/plain.js").Entry} Entry */
/** @typedef {{ element: HTMLElement, isDirty: () => boolean, save: () => void }} Desk where a file is worked on */

/** @param {Record<string, string>} parameters @returns {import("../core/router.js").Screen} */
export function clientFile({ id = "new" }) {
  const isNew = id === "new";
  const stored = new Stored();
  const top = head(isNew ? t("file.new_title") : t("file.title"));
  /** @type {Desk | null} */
  let open = null;
  const opened = () => (open = desk(stored, top, () => shown() === screen)).element;
  const content = isNew ? opened() : loading(() => stored.read(id), opened, 12).element;
  const element = h("section", { class: "client-file" }, top.element, content);
  const keys = shortcuts(element, () => open?.save());
  /** @type {import("../core/router.js").Screen} */
  const screen = { title: isNew ? t("file.new_title") : t("file.title"), element, isDirty: () => open?.isDirty() ?? false, leave: keys.leave };
  return screen;
}

/**
 * @param {Stored} stored
 * @param {ReturnType<typeof head>} top
 * @param {() => boolean} isShown whether the adviser has not left meanwhile
 * @returns {Desk}
 */
function desk(stored, top, isShown) {
  const sign = h("p", { class: "sign", role: "status" });
  /** What is on the server, or an empty file. */
  let begun = settled(stored.file ?? {});
  const sheet = editor(stored.file ?? {}, tell);
  const end = deletion(stored, { isDirty, onGone: () => (begun = sheet.draft()) });
  const made = form({
    fields: sheet.fields,
    check: sheet.check,
    content: [sheet.element],
    submit: t("app.save"),
    actions: [sign],
    onSubmit: () => save(sheet.draft()),
    onProblem: (problem) => advise(problem),
  });

  function isDirty() {
    return !same(sheet.draft(), begun);
  }

  function tell() {
    const words = isDirty() ? t("file.not_saved") : "";
    if (sign.textContent !== words) fill(sign, words);
  }

  /** @param {Entry} content */
  async function save(content) {
    try {
      await stored.save(content);
    } catch (error) {
      if (!(error instanceof Problem) || !isShown()) throw error;
      if (error.code === "version_mismatch") return settle();
      if (error.code === "not_found") return saveAsNew(content);
      throw error;
    }
    saved(content);
  }

  /** @param {Entry} content */
  function saved(content) {
    begun = content;
    sheet.clean();
    if (isShown()) rename(`clients/${stored.id}`);
    show();
    fill(sign, isDirty() ? t("file.not_saved") : t("file.saved"));
  }

  /** Somebody else, or another tab, has stored another version. */
  async function settle() {
    const present = await presentOrGone();
    if (present === null) return saveAsNew(sheet.draft());
    const { differences, merged } = compare(begun, sheet.draft(), present.data);
    if (differences.length > 0 && !(await choose(differences, dateTime(present.data.updated_at)))) return made.complain(t("file.conflict.open"));
    const outcome = merged();
    stored.adopt(present);
    begun = settled(present.data);
    sheet.load(outcome);
    tell();
    if (same(outcome, begun)) saved(outcome);
    else await save(outcome);
  }

  async function presentOrGone() {
    try {
      return await stored.present();
    } catch (error) {
      if (error instanceof Problem && error.code === "not_found") return null;
      throw error;
    }
  }

  /** @param {Entry} content */
  async function saveAsNew(content) {
    const again = await ask({ title: t("file.gone.title"), body: t("file.gone.body"), confirm: t("file.gone.save"), cancel: t("file.gone.back") });
    if (!again) return made.complain(t("file.gone.open"));
    stored.detach();
    await save(content);
  }

  /** The server's refusals, in words that fit the field. @param {Problem} problem */
  function advise(problem) {
    for (const error of problem.errors) {
      if (error.code === "invalid_format" || error.code === "check_failed") error.words = sheet.advice(error.pointer);
    }
    return false;
  }

  function show() {
    top.show(stored.file === null ? null : { name: fullName(stored.file.person), id: stored.id ?? "", changed: stored.file.updated_at });
    end.element.hidden = stored.id === null;
  }

  show();
  if (stored.id === null) sheet.fields()[0]?.input.setAttribute("data-first", "");
  const element = h("div", { class: "desk" }, navigation(sheet.element, sheet.sums), h("div", { class: "fields" }, made.element, end.element));
  return { element, isDirty, save: () => made.element.requestSubmit() };
}
