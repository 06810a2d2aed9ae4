// Recovery codes, shown once: on paper, in a file or in a password manager before going on.

import { h } from "../../core/dom.js";
import { form } from "../../core/form.js";
import { date } from "../../core/format.js";
import { say } from "../../core/say.js";
import { t } from "../../core/text.js";
import { card, step } from "./pieces.js";

/** @param {import("./pieces.js").Flow} flow @param {string[]} codes */
export function showCodes(flow, codes) {
  flow.unkept = true;
  const made = form({
    fields: () => [],
    content: [h("label", { class: "check" }, h("input", { type: "checkbox", name: "kept" }), t("account.codes_kept"))],
    submit: t("account.next"),
    onSubmit: async () => {
      if (!made.element.querySelector("input")?.checked) return made.complain(t("account.codes_keep_first"));
      flow.unkept = false;
      flow.onDone();
    },
  });
  made.element.classList.add("no-print");
  const why = h("p", { class: "no-print" }, t("account.codes_body"));
  step(flow, t("account.codes_title"), card(why, sheet(codes), ways(codes), made.element));
}

/** What is printed: says what it belongs to and from when, but not to whom. @param {string[]} codes */
function sheet(codes) {
  const list = codes.map((code) => h("li", {}, h("code", {}, code)));
  return h("div", { class: "sheet" }, h("p", {}, heading()), h("ol", {}, ...list), h("p", { class: "hint" }, t("account.codes_use")));
}

/** @param {string[]} codes */
function ways(codes) {
  const text = [heading(), "", ...codes, "", t("account.codes_use"), ""].join("\n");
  const button = (/** @type {string} */ key, /** @type {() => void} */ onclick) => h("button", { type: "button", onclick }, t(key));
  return h("div", { class: "actions" }, button("account.copy", () => void copy(text)), button("account.download", () => download(text)), button("account.print", () => print()));
}

function heading() {
  return t("account.codes_heading", { site: location.host, date: date(new Date().toISOString()) });
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say(t("account.copied"));
  } catch {
    say(t("account.copy_failed"));
  }
}

/** @param {string} text */
function download(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  h("a", { href: address, download: t("account.codes_file") }).click();
  URL.revokeObjectURL(address);
}
