import { h } from "../core/dom.js";

/** @returns {import("../core/router.js").Screen} */
export function overview() {
  return { title: "overview", element: h("section", {}, h("h1", {}, "overview")) };
}
