// What two JSON values say differently, as a client may write them: a member that is null says as much as none, and a moment may be written
// with another offset or fewer digits, a day as its first moment.

/** A moment of RFC 3339. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/u;
const DAY = /^\d{4}-\d\d-\d\d$/u;
/** JavaScript's dates hold whole milliseconds. */
const APART_MS = 1;

/** Where `read` says something else than `sent`, one line each. */
export function differences(sent, read, at = "") {
  if (isObject(sent) && isObject(read)) {
    const names = new Set([...Object.keys(sent), ...Object.keys(read)]);
    return [...names].flatMap((name) => differences(sent[name] ?? null, read[name] ?? null, `${at}/${name}`));
  }
  if (Array.isArray(sent) && Array.isArray(read)) {
    const lengths = sent.length === read.length ? [] : [`${at} has ${read.length} entries instead of ${sent.length}`];
    return [...lengths, ...sent.slice(0, read.length).flatMap((entry, index) => differences(entry, read[index], `${at}/${index}`))];
  }
  return sent === read || sameMoment(sent, read) ? [] : [`${at} is ${short(read)} instead of ${short(sent)}`];
}

function sameMoment(sent, read) {
  const moments = [sent, read].every((value) => typeof value === "string" && (MOMENT.test(value) || DAY.test(value)));
  return moments && Math.abs(Date.parse(sent) - Date.parse(read)) <= APART_MS;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function short(value) {
  return JSON.stringify(value).slice(0, 120);
}
