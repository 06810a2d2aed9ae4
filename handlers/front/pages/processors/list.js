// All sub-processors: for officers with what has to be done first, and for anyone what is published of them.

import { everything, get, sentence } from "../../core/api.js";
import { intention } from "../../core/once.js";
import { busyButton, loading, say, table } from "../../core/pieces.js";
import { who } from "../../core/session.js";
import { date, fill, h } from "../../core/show.js";
import { t } from "../../core/words.js";
import { fieldWords } from "./fields.js";
import { countries, deadlineWords, said, saidAll, stageBadge } from "./words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Item, Public } from "./types.js" */

/** @returns {Screen} */
export function list() {
  const title = t("processors.title");
  const add = h("a", { class: "button primary", href: "#/processors/new" }, t("processors.add"));
  const head = h("div", { class: "page-head" }, h("div", {}, h("h1", {}, title), h("p", { class: "soft" }, t("processors.body"))), add);
  const all = loading(() => everything("/api/processors"), listed);
  const seen = h("p", {}, h("a", { href: "#/sub-processors" }, t("processors.see_public")));
  const post = intention("/api/processors/platform");
  const platform = busyButton(t("processors.lay"), lay);
  const refusal = h("p", { class: "error", role: "alert", hidden: true });

  async function lay() {
    refusal.hidden = true;
    try {
      const { data } = await post();
      await all.reload();
      say(data.laid === 0 ? t("processors.laid_none") : t("processors.laid", { count: data.laid }));
    } catch (error) {
      refusal.hidden = false;
      fill(refusal, sentence(error));
    }
  }

  const end = h(
    "div",
    { class: "card" },
    h("h2", {}, t("processors.platform")),
    h("p", {}, t("processors.platform_body")),
    refusal,
    h("div", { class: "actions" }, platform),
  );
  return { title, element: h("section", {}, head, all.element, seen, end) };
}

/** @param {Item[]} items */
function listed(items) {
  if (items.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("processors.none")));
  const columns = [fieldWords("/party/name"), t("processors.stage"), fieldWords("/countries"), t("processors.first")].map((words) => ({
    words,
  }));
  return h("div", { class: "card" }, table({ caption: t("processors.title"), columns, rows: items.map(row) }));
}

/** @param {Item} item */
function row({ id, name, service, stage, countries: codes, deadlines }) {
  const link = h("a", { href: `#/processors/${id}` }, name ?? "");
  const who = h("span", { class: "who" }, link, h("span", { class: "soft" }, service ?? ""));
  return [who, stageBadge(stage), countries(codes), deadlines[0] ? deadlineWords(deadlines[0]) : ""];
}

/** @returns {Screen} */
export function published() {
  const title = t("processors.public_title");
  const back = who() === null && h("p", { class: "crumb" }, h("a", { href: "#/login" }, t("processors.to_sign_in")));
  const list = loading(async () => (await get("/api/processors/public", { atSignIn: true })).data.items, publishedTable);
  const head = h(
    "div",
    { class: "page-head" },
    h("div", {}, back, h("h1", {}, title), h("p", { class: "soft" }, t("processors.public_body"))),
  );
  return { title, element: h("section", {}, head, list.element) };
}

/** @param {Public[]} items */
function publishedTable(items) {
  if (items.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("processors.public_none")));
  const columns = ["/party/name", "/service", "/data", "/countries", "/transfer", "/starts_on"].map((pointer) => ({
    words: fieldWords(pointer),
  }));
  return h("div", { class: "card" }, table({ caption: t("processors.public_title"), columns, rows: items.map(publishedRow) }));
}

/** @param {Public} item */
function publishedRow({ name, service, data, countries: codes, transfer, since }) {
  return [
    name,
    service,
    saidAll("processed_data", data),
    countries(codes),
    transfer === null ? t("processors.no_transfer") : said("transfer_basis", transfer),
    date(since),
  ];
}
