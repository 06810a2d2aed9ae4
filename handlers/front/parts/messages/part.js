// For advisers: letters about data breaches that concern their files, with the names of the clients, which only they can see.

import { get } from "../../core/api.js";
import { dateTime, h, language, learn, t } from "../../core/show.js";
import { loading } from "../../core/pieces.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute, Screen } from "../../core/types.js" */
/** @import { Letter } from "./types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [{ path: "messages", screen: messages }];

/** @returns {Screen} */
function messages() {
  const title = t("messages.title");
  const list = loading(async () => /** @type {Letter[]} */ ((await get("/api/breach-letters")).data.items), (letters) => (letters.length === 0 ? h("div", { class: "card empty" }, h("p", {}, t("messages.none"))) : letters.map(letter)));
  const report = h("a", { class: "button primary no-print", href: "#/suspicion" }, t("messages.report"));
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft no-print" }, t("messages.body"))), report);
  return { title, element: h("section", {}, head, list.element) };
}

/** @param {Letter} letter */
function letter({ nl: dutch, en: english, written_at: at, clients, gone }) {
  const { subject, paragraphs } = language() === "nl" ? dutch : english;
  const names = clients.map(({ id, name }) => h("li", {}, h("a", { href: `#/clients/${id}` }, name)));
  const print = h("div", { class: "actions" }, h("button", { type: "button", onclick: () => globalThis.print() }, t("app.print")));
  const whom = [h("h3", {}, t("messages.clients")), names.length > 0 && h("ul", { class: "list" }, ...names), gone > 0 && h("p", {}, t("messages.gone", { count: gone }))];
  return h("article", { class: "card" }, h("h2", {}, subject), h("p", { class: "soft" }, dateTime(at)), ...paragraphs.map((text) => h("p", { class: "side-value" }, text)), ...whom, print);
}
