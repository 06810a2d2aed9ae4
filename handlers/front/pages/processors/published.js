// What anyone may know: who works with which data for FinRust, and where.

import { get } from "../../core/api.js";
import { date, h, t } from "../../core/show.js";
import { loading, table } from "../../core/pieces.js";
import { who } from "../../core/session.js";
import { fieldWords } from "./fields.js";
import { countries, said, saidAll } from "./words.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Public } from "./types.js" */

/** @returns {Screen} */
export function published() {
  const title = t("processors.public_title");
  const back = who() === null && h("p", { class: "crumb" }, h("a", { href: "#/login" }, t("processors.to_sign_in")));
  const list = loading(async () => (await get("/api/processors/public", { atSignIn: true })).data.items, listed);
  const head = h("div", { class: "page-head" }, h("div", {}, back, h("h1", {}, title), h("p", { class: "soft" }, t("processors.public_body"))));
  return { title, element: h("section", {}, head, list.element) };
}

/** @param {Public[]} items */
function listed(items) {
  if (items.length === 0) return h("div", { class: "card empty" }, h("p", {}, t("processors.public_none")));
  const columns = ["/party/name", "/service", "/data", "/countries", "/transfer", "/starts_on"].map((pointer) => ({ words: fieldWords(pointer) }));
  return h("div", { class: "card" }, table({ caption: t("processors.public_title"), columns, rows: items.map(row) }));
}

/** @param {Public} item */
function row({ name, service, data, countries: codes, transfer, since }) {
  return [name, service, saidAll("processed_data", data), countries(codes), transfer === null ? t("processors.no_transfer") : said("transfer_basis", transfer), date(since)];
}
