// A box for a moment in Dutch time. One that was not changed goes back as it came, to the second; the hour that clocks show twice is asked for.

import { field } from "./form.js";
import { freshId, h, t, typedMoment } from "./show.js";
/** @import { Field, FieldParts, Wrong } from "./types.js" */

/** Summer's and winter's distance from UTC, as the hour that comes twice has them. */
const ZONES = ["+02:00", "+01:00"];

/** The moments that a clock in the Netherlands shows so: one, two in the doubled hour, none in the hour that is left out. @param {string} typed */
export function instants(typed) {
  const bare = typed.slice(0, 16);
  const seconds = typed.slice(16) || ":00";
  const moments = ZONES.map((zone) => new Date(`${bare}${seconds}${zone}`));
  return moments.filter((moment) => !Number.isNaN(moment.getTime()) && typedMoment(moment.toISOString()) === bare).map((moment) => moment.toISOString());
}

/** Now, as a box shows it: without seconds, so that no clock that is a little fast makes it the future. */
export function thisMinute() {
  return new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
}

/**
 * @param {Omit<FieldParts, "value"> & { value?: string }} parts `value`: RFC 3339
 * @returns {Field & { read: () => string | undefined, wrong: () => Wrong[] }}
 */
export function momentField({ value, ...parts }) {
  const typed = value === undefined ? "" : typedMoment(value);
  const made = field({ ...parts, type: "datetime-local", width: "medium", value: typed });
  const id = freshId("which");
  const options = [["", "moment.choose"], ["0", "moment.summer"], ["1", "moment.winter"]].map(([key = "", words = ""]) => h("option", { value: key }, t(words)));
  const which = h("select", { id, name: `${parts.name}_which`, onchange: () => made.fail(null) }, ...options);
  const doubled = h("div", { class: "field", hidden: true }, h("label", { for: id }, t("moment.twice")), which);
  const isChanged = () => made.value() !== typed;
  const isDoubled = () => isChanged() && instants(made.value()).length > 1;
  made.input.addEventListener("input", () => (doubled.hidden = !isDoubled()));
  made.element.append(doubled);

  function read() {
    if (made.value() === "") return undefined;
    return isChanged() ? (instants(made.value())[Number(which.value)] ?? made.value()) : value;
  }

  return { ...made, read, wrong: () => (isDoubled() && which.value === "" ? [{ field: made, words: t("moment.twice") }] : []) };
}
