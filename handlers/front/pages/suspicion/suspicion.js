// For everyone who is signed in: reporting that a data breach may have happened.

import { fill, h } from "../../core/show.js";
import { field, form } from "../../core/form.js";
import { momentField, thisMinute } from "../../core/moment.js";
import { intention } from "../../core/once.js";
import { loading } from "../../core/pieces.js";
import { knowTime } from "../../core/session.js";
import { t } from "../../core/words.js";
/** @import { Screen } from "../../core/types.js" */

/** @returns {Screen} */
export function suspicion() {
  const title = t("suspicion.title");
  let isDirty = () => false;
  const { element } = loading(knowTime, () => {
    const made = report();
    isDirty = made.isDirty;
    return made.element;
  });
  return {
    title,
    element: h("section", {}, h("h1", {}, title), h("p", { class: "soft" }, t("suspicion.body")), element),
    isDirty: () => isDirty(),
  };
}

function report() {
  const what = field({ name: "what", label: t("suspicion.what"), hint: t("suspicion.what_hint"), type: "textarea", required: true });
  const noticed = momentField({ name: "noticed_at", label: t("suspicion.noticed"), value: thisMinute(), required: true });
  const now = noticed.value();
  const place = h("div", { class: "card narrow" });
  const send = intention("/api/breaches");
  let isSent = false;
  const { element } = form({
    fields: () => [what, noticed],
    check: noticed.wrong,
    content: [h("div", { class: "fields" }, what.element, noticed.element)],
    submit: t("suspicion.submit"),
    byButton: true,
    async onSubmit() {
      const { data, asTyped } = await send({ what: what.value(), noticed_at: noticed.read() });
      isSent = true;
      const heading = h("h2", { tabindex: "-1" }, t("suspicion.sent"));
      fill(
        place,
        heading,
        !asTyped && h("p", { class: "notice warn" }, t("app.first_sent")),
        h("p", {}, t("suspicion.sent_body")),
        h("p", {}, t("suspicion.number", { number: data.id })),
      );
      heading.focus();
    },
  });
  fill(place, element);
  return { element: place, isDirty: () => !isSent && (what.value() !== "" || noticed.value() !== now) };
}
