// The head of a client file: whose it is, when it was changed, and the way to the overview.

import { fill, h } from "../../core/dom.js";
import { dateTime } from "../../core/format.js";
import { t } from "../../core/text.js";

/** @typedef {{ name: string, id: string, changed: string }} Shown */

/** @param {string} title until there is a name */
export function head(title) {
  const heading = h("h1", {}, title);
  const since = h("p", { class: "soft" });
  const overview = h("a", { class: "button no-print", hidden: true }, t("file.overview"));
  const back = h("a", { class: "crumb no-print", href: "#/clients" }, t("file.back"));
  const element = h("div", { class: "page-head" }, h("div", {}, back, heading, since), overview);

  /** @param {Shown | null} shown nothing for a file that is not stored */
  function show(shown) {
    fill(heading, shown?.name ?? title);
    fill(since, shown && t("file.changed", { when: dateTime(shown.changed) }));
    since.hidden = overview.hidden = shown === null;
    if (shown) overview.href = `#/clients/${shown.id}/overview`;
  }

  return { element, show };
}
