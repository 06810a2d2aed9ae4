// A box for a moment in Dutch time, typed as days are. One that was not changed goes back as it came, to the second; the hour that clocks show twice is asked for.

import { now } from "./clock.js";
import { field } from "./form.js";
import { instants } from "./instants.js";
import { freshId, h, typedDate, typedMoment } from "./show.js";
import { parseMoment } from "./values.js";
import { t } from "./words.js";
/** @import { Field, FieldParts, Wrong } from "./types.js" */

/** Now, as a box shows it: without seconds. */
export function thisMinute() {
  return new Date(Math.floor(now() / 60_000) * 60_000).toISOString();
}

/** The Dutch day. */
export function today() {
  return typedMoment(thisMinute()).slice(0, 10);
}

/** `23-11-2026 10:00`. @param {string} moment RFC 3339 */
function written(moment) {
  const [day = "", time = ""] = typedMoment(moment).split("T");
  return `${typedDate(day)} ${time}`;
}

/**
 * @param {Omit<FieldParts, "value"> & { value?: string }} parts `value`: RFC 3339
 * @returns {Field & { read: () => string | undefined, wrong: () => Wrong[] }}
 */
export function momentField({ value, hint, ...parts }) {
  const begun = value === undefined ? "" : written(value);
  const made = field({ ...parts, hint: [hint, t("moment.hint")].filter(Boolean).join(" "), width: "medium", value: begun });
  const id = freshId("which");
  const options = [
    ["", "moment.choose"],
    ["0", "moment.summer"],
    ["1", "moment.winter"],
  ].map(([key = "", words = ""]) => h("option", { value: key }, t(words)));
  const which = h("select", { id, name: `${parts.name}_which`, onchange: () => made.fail(null) }, ...options);
  const chosen = () => found().findIndex((moment) => moment.slice(0, 16) === value?.slice(0, 16));
  const doubled = h("div", { class: "field", hidden: true }, h("label", { for: id }, t("moment.twice")), which);
  const found = () => instants(parseMoment(made.value()) ?? "");
  const isDoubled = () => found().length > 1;
  // Which of both it is stands there, and can be changed like the rest.
  which.value = isDoubled() && chosen() >= 0 ? String(chosen()) : "";
  const begunWith = which.value;
  const isChanged = () => made.value() !== begun || (isDoubled() && which.value !== begunWith);
  const show = () => (doubled.hidden = !isDoubled());
  show();
  for (const kind of ["input", "change"]) made.input.addEventListener(kind, show);
  made.element.append(doubled);

  function read() {
    if (made.value().trim() === "") return undefined;
    return isChanged() ? (found()[Number(which.value)] ?? found()[0] ?? made.value()) : value;
  }

  function wrong() {
    if (!isChanged() || made.value().trim() === "") return [];
    if (found().length === 0) return [{ field: made, words: t("moment.wrong") }];
    return isDoubled() && which.value === "" ? [{ field: made, words: t("moment.twice") }] : [];
  }

  return { ...made, read, wrong };
}
