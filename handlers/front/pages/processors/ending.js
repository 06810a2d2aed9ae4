// Ending the use of a sub-processor, or of a draft that is not needed.

import { get } from "../../core/api.js";
import { h, t, typedDate } from "../../core/show.js";
import { parseDate } from "../../core/values.js";
import { ask } from "../../core/dialog.js";
import { field, form } from "../../core/form.js";
import { today } from "../../core/moment.js";
import { intention, sayDone } from "../../core/once.js";
import { guard, loading } from "../../core/pieces.js";
import { go } from "../../core/router.js";
/** @import { Screen } from "../../core/types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function ending({ id = "" }) {
  const title = t("processors.end");
  const path = `/api/processors/${encodeURIComponent(id)}`;
  const { watch, ...guarded } = guard();
  const shown = loading(() => get(path), ({ data, etag }) => {
    const on = field({ name: "on", label: t("processors.last_day"), hint: t("file.hint.date"), required: true, isFormed: true, width: "short", value: typedDate(today()) });
    const reason = field({ name: "reason", label: t("processors.reason"), type: "textarea", rows: 3, required: true });
    const send = intention(`${path}/end`);
    const proposed = on.value();
    let done = false;
    const made = form({
      fields: () => [on, reason],
      content: [on.element, reason.element],
      submit: t("processors.end"),
      danger: true,
      sure: () => ask({ name: "processor_end", title: t("processors.end_title", { name: data.entry.party.name }), body: t("processors.end_sure"), confirm: t("processors.end"), danger: true }),
      check: () => (parseDate(on.value()) === undefined && on.value() !== "" ? [{ field: on, words: t("file.wrong.date") }] : []),
      onSubmit: async () => {
        const answer = await send({ on: parseDate(on.value()), reason: reason.value() }, { headers: { "if-match": etag ?? "" } });
        done = true;
        sayDone(answer, t("processors.ended"));
        return () => go(`processors/${id}`);
      },
      onProblem: (problem) => {
        for (const error of problem.errors) if (error.code === "out_of_range") error.words = t("processors.before_start");
        return false;
      },
    });
    return watch({ ...made, isDirty: () => !done && (reason.value() !== "" || on.value() !== proposed) });
  });
  const crumb = h("p", { class: "crumb" }, h("a", { href: `#/processors/${id}` }, t("processors.back_one")));
  const element = h("section", { class: "narrow" }, crumb, h("h1", {}, title), h("p", {}, t("processors.end_body")), h("div", { class: "card" }, shown.element));
  return { title, element, ...guarded };
}
