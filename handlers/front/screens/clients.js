import { h } from "../core/dom.js";

/** @returns {import("../core/router.js").Screen} */
export function clients() {
  return { title: "clients", element: h("section", {}, h("h1", {}, "clients")) };
}
