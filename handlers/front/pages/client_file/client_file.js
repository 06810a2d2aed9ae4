// The file of one client: everything in it, to be read, changed, saved and deleted. `new` instead of an id makes a new one.

import { post, Problem, sentence } from "../../core/api.js";
import { dateTime, fill, fullName, h } from "../../core/show.js";
import { form } from "../../core/form.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { loading } from "../../core/pieces.js";
import { rename, shown } from "../../core/router.js";
import { knows, t } from "../../core/words.js";
import { fileLinks } from "../../links.js";
import { deletion } from "./deletion.js";
import { editor } from "./editor.js";
import { same, sections, settled } from "./schema.js";
import { choose, compare, Stored } from "./versions.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Desk, Entry, Shown } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function clientFile({ id = "new" }) {
  const isNew = id === "new";
  const stored = new Stored();
  const top = head(isNew ? t("file.new_title") : t("file.title"));
  /** @type {Desk | null} */
  let open = null;
  const opened = () => (open = desk(stored, top, () => shown() === screen)).element;
  const read = () => stored.read(id).then(opened, (error) => (top.show(null), blocked(id)(error)));
  if (!isNew) top.expect(id);
  const content = isNew ? opened() : loading(read, (whole) => whole, 12).element;
  const element = h("section", { class: "client-file" }, top.element, content);
  const keys = shortcuts(element, () => void open?.saving()?.save());
  /** @type {Screen} */
  const screen = {
    title: isNew ? t("file.new_title") : t("file.title"),
    element,
    about: () => stored.name() ?? screen.title,
    isDirty: () => open?.isDirty() ?? false,
    saving: () => open?.saving() ?? null,
    leave: keys.leave,
  };
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
  const alike = h("div", {});
  /** What is on the server, or an empty file. */
  let begun = settled(stored.file ?? {});
  const sheet = editor(stored.file ?? {}, tell);
  const name = () => stored.name() ?? t("file.new_title");
  const end = deletion(stored, { isDirty, onGone });
  const made = form({
    fields: sheet.fields,
    check: sheet.check,
    content: [sheet.element],
    submit: t("app.save"),
    actions: [sign],
    isJudged: true,
    onSubmit: async (isReadable) => {
      // What is being deleted is not written any more.
      if (end.isBusy()) return made.complain(t("file.delete.busy"));
      if (stored.id !== null && !isDirty()) return fill(sign, t("file.saved"));
      fill(sign, t("file.saving"));
      try {
        await save(sheet.draft(), isReadable);
      } finally {
        if (sign.textContent === t("file.saving")) tell();
      }
    },
    onProblem: (problem) => advise(problem),
  });

  function onGone() {
    begun = sheet.draft();
    stored.forget();
  }

  function isDirty() {
    return stored.isOpen() || !same(sheet.draft(), begun);
  }

  function tell() {
    const words = isDirty() ? t("file.not_saved") : "";
    if (sign.textContent !== words) fill(sign, words);
  }

  /** @param {Entry} content @param {boolean} [isReadable] what cannot be read is refused, and nothing is made of it */
  async function save(content, isReadable = true) {
    try {
      await stored.save(content);
    } catch (error) {
      if (!(error instanceof Problem) || !isShown() || !isReadable) throw error;
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
    void warn(alike, stored.file);
  }

  /** Somebody else, or another tab, has stored another version. */
  async function settle() {
    const isHere = thisVisit();
    const present = await presentOrGone();
    if (present === null) return saveAsNew(sheet.draft(), isHere);
    const { differences, merged } = compare(begun, sheet.draft(), present.data);
    if (differences.length > 0 && !(await choose(differences, { name: name(), when: dateTime(present.data.updated_at), isHere })))
      return made.complain(t("file.conflict.open"));
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

  /** @param {Entry} content @param {() => boolean} [isHere] */
  async function saveAsNew(content, isHere) {
    const again = await ask({
      name: "file_gone",
      title: t("file.gone.title", { name: name() }),
      body: t("file.gone.body"),
      confirm: t("file.gone.save"),
      cancel: t("file.conflict.back"),
      isHere,
    });
    if (!again) return made.complain(t("file.gone.open"));
    stored.detach();
    await save(content);
  }

  /** The server's refusals, in words that fit the field. @param {Problem} problem */
  function advise(problem) {
    for (const error of problem.errors) {
      if (error.code === "invalid_format" || error.code === "check_failed") error.words = sheet.advice(error.pointer);
      if (error.code === "out_of_range" && error.pointer.endsWith("/birth_date")) error.words = t("file.wrong.birth_date");
    }
    return false;
  }

  function show() {
    top.show(stored.file === null ? null : { name: fullName(stored.file.person), id: stored.id ?? "", changed: stored.file.updated_at });
    end.element.hidden = stored.id === null;
  }

  show();
  if (stored.id === null) sheet.fields()[0]?.input.setAttribute("data-first", "");
  const element = h(
    "div",
    { class: "desk" },
    navigation(sheet.element, sheet.sums),
    h("div", { class: "fields" }, alike, made.element, end.element),
  );
  return { element, isDirty, saving: made.saving };
}

/** Another file may be about the same person: said, never refused. @param {HTMLElement} place @param {any} file */
async function warn(place, file) {
  const warnings = /** @type {{ code: string, id: string }[]} */ (file.warnings ?? []);
  const named =
    warnings.length === 0
      ? []
      : await post("/api/clients/search", { text: file.person.last_name, limit: 200 }).then(
          ({ data }) => data.items,
          () => [],
        );
  const lines = warnings
    .filter(({ code }) => knows(`file.alike.${code}`))
    .map(({ code, id }) => {
      const name = named.find((/** @type {{ id: string }} */ one) => one.id === id)?.name ?? t("file.alike.other");
      return h("p", {}, t(`file.alike.${code}`), " ", h("a", { href: `#/clients/${id}` }, name));
    });
  fill(place, lines.length > 0 && h("div", { class: "notice warn fields no-print", role: "status" }, ...lines));
}

/** Instead of a file whose use is restricted: the way to why. @param {string} id */
function blocked(id) {
  return (/** @type {unknown} */ error) => {
    if (!(error instanceof Problem) || error.code !== "restricted") throw error;
    return h("div", { class: "notice warn fields" }, h("p", {}, sentence(error)), h("div", { class: "actions" }, ...linked(id)));
  };
}

/** @param {string} title until there is a name */
function head(title) {
  const heading = h("h1", { translate: "no" }, title);
  const since = h("p", { class: "soft" });
  const ways = h("div", { class: "actions no-print" });
  const back = h("a", { class: "crumb no-print", href: "#/clients" }, t("file.back"));
  const element = h("div", { class: "page-head" }, h("div", {}, back, heading, since), ways);
  let known = "";

  /** @param {string} id */
  function lead(id) {
    if (id !== known) fill(ways, ...(id === "" ? [] : waysOn(id)));
    known = id;
  }

  /** As high as it will be, so that what is below it stays where it is. @param {string} id */
  function expect(id) {
    fill(since, "\u00a0");
    lead(id);
  }

  /** @param {Shown | null} shown nothing for a file that is not stored */
  function show(shown) {
    fill(heading, shown?.name ?? title);
    fill(since, shown && t("file.changed", { when: dateTime(shown.changed) }));
    since.hidden = shown === null;
    lead(shown?.id ?? "");
  }

  return { element, expect, show };
}

/** Where one goes from a file. @param {string} id */
function waysOn(id) {
  return [way("clients/:id/overview", id, t("file.overview")), ...linked(id)];
}

/** @param {string} id */
function linked(id) {
  return fileLinks.map(({ path, words }) => way(path, id, t(words)));
}

/** @param {string} path @param {string} id @param {string} words */
function way(path, id, words) {
  return h("a", { class: "button", href: `#/${path.replace(":id", id)}` }, words);
}

/** @param {HTMLElement} sheet where the sections stand @param {HTMLElement} sums */
function navigation(sheet, sums) {
  const buttons = sections.map(({ name }) =>
    h("button", { type: "button", onclick: () => jump(sheet, name), onfocus: intoSight }, t(`file.section.${name}`)),
  );
  const list = h("ul", {}, ...buttons.map((button) => h("li", {}, button)));
  const nav = h("nav", { class: "parts", "aria-label": t("file.parts") }, list);
  return h("div", { class: "beside" }, nav, sums, shortcutTable());
}

/** Where the row of them is wider than a phone, browsers leave half of one out of sight; for a press of the mouse it stays where it is. @param {Event} event */
function intoSight({ target }) {
  const button = /** @type {HTMLElement} */ (target);
  if (button.matches(":focus-visible")) button.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Moves the focus, so that the next Tab goes on from there. @param {HTMLElement} sheet @param {string} name */
function jump(sheet, name) {
  const heading = /** @type {HTMLElement | null} */ (sheet.querySelector(`#file-${name}`));
  heading?.closest("section")?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}

/** Keys and what they do; adding a row is for the list that has the focus. */
const TABLE = [
  ["Ctrl+S", "app.save"],
  ["Ctrl+Enter", "file.keys.add"],
];

/**
 * Listens while the screen is shown; a question that stands in the way comes first.
 * @param {HTMLElement} screen
 * @param {() => void} save
 */
function shortcuts(screen, save) {
  const listen = (/** @type {KeyboardEvent} */ event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || letter(event) !== "s" || !screen.isConnected) return;
    event.preventDefault();
    if (document.querySelector("dialog[open]") === null) save();
  };
  document.addEventListener("keydown", listen);
  return { leave: () => document.removeEventListener("keydown", listen) };
}

/** The letter of a key; on a keyboard with other letters, the one that stands there on a Latin one. @param {KeyboardEvent} event */
function letter({ key, code }) {
  return /^[a-z]$/iu.test(key) ? key.toLowerCase() : code.replace(/^Key/u, "").toLowerCase();
}

/** What there is to press. */
function shortcutTable() {
  const pairs = TABLE.flatMap(([keys = "", words = ""]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, t(words))]);
  return h("details", { class: "keys" }, h("summary", {}, t("file.keys.title")), h("dl", {}, ...pairs));
}
