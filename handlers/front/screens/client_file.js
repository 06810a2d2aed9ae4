import { h } from "../core/dom.js";

/** @returns {import("../core/router.js").Screen} */
export function clientFile() {
  return { title: "clientFile", element: h("section", {}, h("h1", {}, "clientFile")) };
}
