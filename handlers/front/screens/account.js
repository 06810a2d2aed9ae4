import { h } from "../core/dom.js";

/** @returns {import("../core/router.js").Screen} */
export function account() {
  return { title: "account", element: h("section", {}, h("h1", {}, "account")) };
}
