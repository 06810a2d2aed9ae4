// For advisers: files that came from a colleague, and letters about data breaches that concern their files, with the names of the clients, which only they can see.

import { get, post, sentence } from "../../core/api.js";
import { ask } from "../../core/dialog.js";
import { called, dateTime, dutchTime, fill, h } from "../../core/show.js";
import { isUncertain } from "../../core/once.js";
import { busyButton, loading, say } from "../../core/pieces.js";
import { language, t } from "../../core/words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Letter, Received } from "./types.js" */

/** @returns {Screen} */
export function messages() {
  const title = t("messages.title");
  const load = async () => {
    const [letters, received] = await Promise.all([get("/api/breach-letters"), get("/api/hand-overs/received")]);
    return { letters: /** @type {Letter[]} */ (letters.data.items), received: /** @type {Received[]} */ (received.data.items) };
  };
  /** @type {{ element: HTMLElement, reload: () => Promise<void> }} */
  const list = loading(load, ({ letters, received }) => {
    if (letters.length + received.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("messages.none")));
    return [...received.map((one) => (one.state === "approved" ? waiting(one, () => list.reload()) : note(one))), ...letters.map(letter)];
  });
  const report = h("a", { class: "button primary no-print", href: "#/suspicion" }, t("messages.report"));
  const head = h(
    "div",
    { class: "page-head" },
    h("div", {}, h("h1", {}, title), h("p", { class: "soft no-print" }, t("messages.body"))),
    report,
  );
  return { title, element: h("section", {}, head, list.element) };
}

/** Files that will come, unless somebody stops it before. @param {Received} received @param {() => Promise<void>} reload */
function waiting({ id, from: name, from_username: username, moves_at: moves }, reload) {
  const from = called(name, username);
  const trouble = h("p", { role: "alert", hidden: true });
  async function stop() {
    const sure = await ask({
      name: "received_stop",
      title: t("messages.stop_title", { from }),
      body: t("messages.stop_body"),
      confirm: t("messages.stop"),
      danger: true,
    });
    if (!sure) return;
    try {
      await post(`/api/hand-overs/${encodeURIComponent(id)}/stop`);
    } catch (error) {
      trouble.hidden = false;
      fill(trouble, sentence(error));
      if (!isUncertain(error)) return;
      // Nobody knows whether it was stopped: what is there now tells.
      const stands = await get("/api/hand-overs/received").then(
        ({ data }) => data.items.find((/** @type {Received} */ one) => one.id === id)?.state,
        () => "approved",
      );
      if (stands === "approved") return;
    }
    await reload();
    say(t("messages.stopped"));
  }
  const button = busyButton(t("messages.stop"), stop, "danger-quiet");
  const words = t("messages.waiting", { at: moves === null ? "" : dateTime(moves) });
  return h(
    "article",
    { class: "card" },
    h("h2", {}, t("messages.taken_over", { from })),
    h("p", {}, words),
    h("div", { class: "actions" }, button),
    trouble,
  );
}

/** Files that come, or came, from an adviser who left. @param {Received} received */
function note({ from: name, from_username: username, proposed_at: at, files, moved }) {
  const from = called(name, username);
  const words = moved < files ? t("messages.coming", { moved, files }) : t("messages.came", { files });
  const seen = h("p", {}, h("a", { href: "#/clients" }, t("messages.see_files")));
  return h(
    "article",
    { class: "card" },
    h("h2", {}, t("messages.taken_over", { from })),
    h("p", { class: "soft" }, t("messages.proposed", { at: dateTime(at) })),
    h("p", {}, words),
    h("p", {}, t("messages.check")),
    seen,
  );
}

/** @param {Letter} letter */
function letter({ nl: dutch, en: english, written_at: at, due_at: due, clients, gone }) {
  const { subject, paragraphs } = language() === "nl" ? dutch : english;
  const names = clients.map(({ id, name }) => h("li", {}, h("a", { href: `#/clients/${id}` }, name)));
  const print = h("div", { class: "actions" }, h("button", { type: "button", onclick: () => globalThis.print() }, t("app.print")));
  const whom = [
    h("h3", {}, t("messages.clients")),
    names.length > 0 && h("ul", { class: "list", translate: "no" }, ...names),
    gone > 0 && h("p", {}, t("messages.gone", { count: gone })),
  ];
  return h(
    "article",
    { class: "card" },
    h("h2", {}, subject),
    h("p", { class: "soft" }, dateTime(at)),
    due && h("p", { class: "notice warn" }, t("messages.due", { due: dutchTime(due) })),
    ...paragraphs.map((text) => h("p", { class: "side-value" }, text)),
    ...whom,
    print,
  );
}
