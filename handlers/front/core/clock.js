// What time it is: the server says so with every answer. A computer's own clock may be wrong, and is looked at only to see whether it has stood still or
// was set since.

/** Two clocks of one computer that are so far apart were not both running. */
const DRIFT = 5_000;
/** Nobody minds less. */
const FAR = 120_000;

/** @type {{ server: number, ticks: number, wall: number } | null} */
let heard = null;

/** An answer has begun to come in. @param {string | null} date of its head */
export function hear(date) {
  const server = Date.parse(date ?? "");
  if (!Number.isNaN(server)) heard = { server, ticks: performance.now(), wall: Date.now() };
}

/** Milliseconds since 1970. */
export function now() {
  return heard === null ? Date.now() : heard.server + performance.now() - heard.ticks;
}

/** Whether the server has to be asked again before anything rests on the time: the computer has slept, or its clock was set. */
export function hasDrifted() {
  return heard !== null && Math.abs(Date.now() - heard.wall - (performance.now() - heard.ticks)) > DRIFT;
}

/** How far the computer's own clock is ahead, where that is worth a word; 0 where not. */
export function ahead() {
  const off = Date.now() - now();
  return Math.abs(off) > FAR ? off : 0;
}
