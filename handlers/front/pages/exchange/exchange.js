// Where imports and exports begin, and where an import that was left goes on.

import { get } from "../../core/api.js";
import { dateTime, h, t } from "../../core/show.js";
import { badge, loading, table } from "../../core/pieces.js";
import { exportCard } from "./export.js";
import { uploadCard } from "./upload.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { Import } from "./types.js" */

/** @returns {Screen} */
export function exchange() {
  const title = t("exchange.title");
  const upload = uploadCard();
  const out = exportCard();
  const begun = loading(imports, (items) => (items.length > 0 ? h("div", { class: "card" }, h("h2", {}, t("exchange.begun")), listed(items)) : null), 2);
  const element = h("section", {}, h("h1", {}, title), upload.element, begun.element, out.element);
  return { title, element, isDirty: () => upload.isBusy() || out.isBusy(), losing: () => t(upload.isBusy() ? "exchange.losing_upload" : "exchange.losing_export"), leave: upload.stop };
}

/** @returns {Promise<Import[]>} */
async function imports() {
  return (await get("/api/imports")).data.items;
}

/** @param {Import[]} items */
function listed(items) {
  const columns = ["file", "state", "until"].map((key) => ({ words: t(`exchange.${key}`) }));
  return table({ caption: t("exchange.begun"), columns, rows: items.map(row) });
}

/** @param {Import} one */
function row(one) {
  return [h("a", { href: `#/exchange/${one.id}` }, one.name), state(one), dateTime(one.expires_at)];
}

/** @param {Import} one */
function state({ finished, checked, done }) {
  if (finished) return badge(t("exchange.finished"));
  if (checked === null) return badge(t("exchange.sent"), "plain");
  if (!checked.importable) return badge(t("exchange.unusable"), "bad");
  return badge(t("exchange.at", { done, total: checked.total }), "warn");
}
