// Reads what Redocly found, as JSON, from standard input, and fails on any of it: warnings as well as errors.
import { text } from "node:stream/consumers";

const { totals, problems } = JSON.parse(await text(process.stdin));
for (const { severity, ruleId, message, location } of problems.slice(0, 40))
  console.error(`redocly: ${severity} ${ruleId}: ${message} (${location[0]?.pointer ?? ""})`);
const { errors, warnings, ignored } = totals;
if (errors + warnings + ignored > 0) {
  console.error(`redocly: ${errors} errors, ${warnings} warnings, ${ignored} ignored`);
  process.exit(1);
}
