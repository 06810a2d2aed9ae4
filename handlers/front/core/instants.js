// Which moments Dutch clocks show alike.

import { typedMoment } from "./show.js";

/** Summer's and winter's distance from UTC, as the hour that comes twice has them. */
const ZONES = ["+02:00", "+01:00"];

/** The moments that a clock in the Netherlands shows so: one, two in the doubled hour, none in the hour that is left out. @param {string} shown */
export function instants(shown) {
  const moments = ZONES.map((zone) => new Date(`${shown}:00${zone}`));
  return moments
    .filter((moment) => !Number.isNaN(moment.getTime()) && typedMoment(moment.toISOString()) === shown)
    .map((moment) => moment.toISOString());
}
