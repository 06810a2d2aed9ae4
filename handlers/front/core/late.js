// A page of a subject that is still on its way: a place that takes the real one in when it is there.

import { Problem } from "./api.js";
import { fill, h } from "./show.js";
import { failure, skeleton } from "./pieces.js";
import { t } from "./words.js";
/** @import { LazyRoute, Page, Screen } from "./types.js" */

/**
 * @param {LazyRoute} route
 * @param {Record<string, string>} parameters of the address
 * @param {(screen: Screen) => void} onArrival the real screen has taken its place
 * @returns {Screen}
 */
export function late({ load, words }, parameters, onArrival) {
  const title = t(words ?? "app.loading");
  const heading = h("h1", {}, title);
  const element = h("div", { class: "loaded", "aria-busy": "true" }, heading, skeleton(6));
  let isLeft = false;
  /** @type {Screen} */
  const screen = { title, element, leave: () => (isLeft = true) };

  /** @param {Page | null} page */
  function arrive(page) {
    if (isLeft) return;
    const found = page?.(parameters);
    if (found) Object.assign(screen, found, { element });
    // After an update the files have other names: only the whole page finds them. The address says where to go on.
    fill(
      element,
      ...(found
        ? [found.element]
        : [heading, failure(new Problem(navigator.onLine ? "part_missing" : "offline"), () => location.reload())]),
    );
    element.setAttribute("aria-busy", "false");
    onArrival(screen);
  }

  void load()
    .catch(() => null)
    .then(arrive);
  return screen;
}
