import { h } from "../core/dom.js";

/** @returns {import("../core/router.js").Screen} */
export function accounts() {
  return { title: "accounts", element: h("section", {}, h("h1", {}, "accounts")) };
}
