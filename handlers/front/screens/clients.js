// The client files of an adviser: searched while typing, sorted, and a page at a time.

import { h } from "../core/dom.js";
import { field } from "../core/field.js";
import { t } from "../core/text.js";
import { ClientList } from "./clients/list.js";
import { resume } from "./clients/place.js";

/** @typedef {import("./clients/place.js").Place} Place */

/** @returns {import("../core/router.js").Screen} */
export function clients() {
  const place = resume();
  const add = h("a", { href: "#/clients/new", class: "button primary" }, t("clients.new"));
  const tools = toolbar(place);
  const list = new ClientList(place, { add, ...tools });
  const head = h("div", { class: "page-head" }, h("h1", {}, t("clients.title")), add);
  const element = h("section", {}, head, h("div", { class: "card clients-card" }, tools.form, ...list.elements));
  void list.open();
  return { title: t("clients.title"), element, leave: () => list.stop() };
}

/** @param {Place} place */
function toolbar(place) {
  const search = field({ type: "search", name: "search", label: t("clients.search"), value: place.text });
  const orders = /** @type {[string, string][]} */ ([["name", t("clients.by_name")], ["updated_at", t("clients.by_updated_at")]]);
  const sort = field({ type: "select", name: "sort", label: t("clients.sort"), value: place.sort, options: orders });
  const input = /** @type {HTMLInputElement} */ (search.input);
  input.maxLength = 100;
  // A finger would get the keyboard of the phone in front of the list.
  if (matchMedia("(pointer: fine)").matches) input.dataset.first = "";
  return { search: input, sort: sort.input, form: h("form", { class: "clients-tools", role: "search" }, search.element, sort.element) };
}
