// What several screens work out of a client file.

/** Parts of the year that an amount comes round in; without a period it is monthly. @type {Record<string, number>} */
const times = { week: 52, four_weeks: 13, month: 12, quarter: 4, year: 1 };
const MONTHS = 12;

/**
 * The full name as the list has it: `Anna van Dijk`, or `A.B. van Dijk` without first name.
 * @param {import("./types.js").Person} person
 */
export function fullName({ first_name, initials, prefix, last_name }) {
  return [first_name ?? initials, prefix, last_name].filter(Boolean).join(" ");
}

/**
 * What these come to in a month, rounded once, half a cent away from zero: the way the server does it.
 * @param {import("./types.js").Flow[]} flows
 */
export function monthly(flows) {
  const year = flows.reduce((sum, { amount_cents = 0, period = "month" }) => sum + amount_cents * (times[period] ?? MONTHS), 0);
  return Math.sign(year) * Math.floor((Math.abs(year) + MONTHS / 2) / MONTHS);
}
