// For everyone who is signed in: reporting that a data breach may have happened.

import { post } from "../../core/api.js";
import { fill, h, learn, t } from "../../core/show.js";
import { field, form } from "../../core/form.js";
import { momentField, thisMinute } from "../../core/moment.js";
import { en } from "./text.en.js";
import { nl } from "./text.nl.js";
/** @import { PartRoute, Screen } from "../../core/types.js" */

learn({ nl, en });

/** @type {PartRoute[]} */
export const routes = [{ path: "suspicion", screen: suspicion }];

/** @returns {Screen} */
function suspicion() {
  const title = t("suspicion.title");
  const what = field({ name: "what", label: t("suspicion.what"), hint: t("suspicion.what_hint"), type: "textarea", required: true });
  const noticed = momentField({ name: "noticed_at", label: t("suspicion.noticed"), value: thisMinute(), required: true });
  const now = noticed.value();
  const place = h("div", { class: "card narrow" });
  let isSent = false;
  const { element } = form({
    fields: () => [what, noticed],
    check: noticed.wrong,
    content: [h("div", { class: "fields" }, what.element, noticed.element)],
    submit: t("suspicion.submit"),
    async onSubmit() {
      const { data } = await post("/api/breaches", { what: what.value(), noticed_at: noticed.read() });
      isSent = true;
      const heading = h("h2", { tabindex: "-1" }, t("suspicion.sent"));
      fill(place, heading, h("p", {}, t("suspicion.sent_body")), h("p", {}, t("suspicion.number", { number: data.id })));
      heading.focus();
    },
  });
  fill(place, element);
  const body = h("section", {}, h("h1", {}, title), h("p", { class: "soft" }, t("suspicion.body")), place);
  return { title, element: body, isDirty: () => !isSent && (what.value() !== "" || noticed.value() !== now) };
}
