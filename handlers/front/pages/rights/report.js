// The report for the person whose file it is (art. 15 GDPR): made when somebody asks for it, printed or saved.

import { post, sentence } from "../../core/api.js";
import { fill, h, t } from "../../core/show.js";
import { keep } from "../../core/pieces.js";
import { paper } from "./paper.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Report } from "./types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function report({ id = "" }) {
  const title = t("rights.report");
  const wrong = h("p", { class: "error", role: "alert", hidden: true });
  const heading = h("h1", {}, title);
  const make = h("button", { type: "button", class: "primary", onclick: () => void press() }, t("rights.make_report"));
  const place = h("div", { class: "loaded" }, h("p", { class: "soft" }, t("rights.report_body")), wrong, h("div", { class: "actions" }, make));

  async function press() {
    wrong.hidden = true;
    make.setAttribute("aria-busy", "true");
    try {
      const { data } = await post(`/api/clients/${encodeURIComponent(id)}/report`);
      fill(place, tools(data), ...paper(data));
      heading.focus();
    } catch (problem) {
      fill(wrong, sentence(problem));
      wrong.hidden = false;
      make.removeAttribute("aria-busy");
    }
  }

  const crumb = h("p", { class: "crumb no-print" }, h("a", { href: `#/clients/${id}/rights` }, t("rights.back_one")));
  return { title, element: h("section", {}, crumb, heading, place) };
}

/** @param {Report} made */
function tools(made) {
  const save = () => keep(new Blob([JSON.stringify(made, null, 2)], { type: "application/json" }), `finrust-${t("rights.report_name")}.json`);
  const print = h("button", { type: "button", class: "primary", onclick: () => globalThis.print() }, t("app.print"));
  return h("div", { class: "fields no-print" }, h("p", { class: "notice warn" }, t("rights.report_warning")), h("div", { class: "actions" }, print, h("button", { type: "button", onclick: save }, t("rights.save_report"))));
}
