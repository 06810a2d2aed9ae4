// A screen of a part that is still on its way: a place that takes the real one in when it is there.

import { Problem } from "./api.js";
import { fill, h, language, t } from "./show.js";
import { failure, skeleton } from "./pieces.js";
/** @import { Part, PartRoute, Screen } from "./types.js" */

/**
 * @param {Part} part
 * @param {(routes: PartRoute[]) => Screen | null} pick makes the screen, or goes elsewhere when the part has none
 * @param {(screen: Screen) => void} onArrival the real screen has taken its place
 * @returns {Screen}
 */
export function late(part, pick, onArrival) {
  const title = part.words?.[language()] ?? t("app.loading");
  const heading = h("h1", {}, title);
  const element = h("div", { class: "loaded", "aria-busy": "true" }, heading, skeleton(6));
  let isLeft = false;
  /** @type {Screen} */
  const screen = { title, element, leave: () => (isLeft = true) };

  /** @param {{ routes: PartRoute[] } | null} loaded */
  function arrive(loaded) {
    if (isLeft) return;
    const found = loaded && pick(loaded.routes);
    if (isLeft) return;
    if (found) Object.assign(screen, found, { element });
    // After an update the files have other names: only the whole page finds them. The address says where to go on.
    fill(element, ...(found ? [found.element] : [heading, failure(new Problem(navigator.onLine ? "part_missing" : "offline"), () => location.reload())]));
    element.setAttribute("aria-busy", "false");
    onArrival(screen);
  }

  void part.load().catch(() => null).then(arrive);
  return screen;
}
