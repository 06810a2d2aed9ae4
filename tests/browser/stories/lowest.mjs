// The oldest browsers that the README promises read the front end: its syntax, what its scripts ask of a browser, its style.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LOWEST, ownNames, sources, table, youngScript, youngStyle } from "../lowest.mjs";
import { check } from "../story.mjs";
import { root } from "../tools.mjs";

check("scripts and style are for the oldest browsers that have to do", async () => {
  const found = table();
  const scripts = sources(".js");
  const own = ownNames(scripts);
  const wrong = [...scripts.flatMap((script) => youngScript(script, found, own)), ...sources(".css").flatMap((sheet) => youngStyle(sheet, found))];
  assert.deepEqual(wrong, []);
});

check("what is too young is found", async () => {
  const found = table();
  const script = (/** @type {string} */ text) => youngScript({ name: "s", text }, found).length > 0;
  const style = (/** @type {string} */ text) => youngStyle({ name: "s", text }, found).length > 0;
  for (const text of ["AbortSignal.any([])", "Promise.withResolvers()", "Object.groupBy([], f)", "set.isSubsetOf(other)", "new Set().union(b)", "Array.fromAsync(x)", "/a/v", "using x = f()", "URL.parse(x)", "element.checkVisibility()", "import x from 'x' with { type: 'json' }"]) {
    assert.ok(script(text), text);
  }
  for (const text of ["AbortSignal.timeout(1)", "[].toReversed()", "class A { #a = 1; static { f(); } }", "a ??= b?.c", "new BroadcastChannel('a')", "crypto.randomUUID()", "await f()"]) assert.ok(!script(text), text);
  for (const text of ["a { color: light-dark(#000, #fff); }", ":root { --a: light-dark(#000, #fff); }", "a { anchor-name: --b; }", "@starting-style { a { color: red; } }", "a:open { color: red; }", "a { text-box: trim-both; }"]) assert.ok(style(text), text);
  for (const text of ["a { color: #000; }", "@supports (color: light-dark(#000, #fff)) { :root { --a: light-dark(#000, #fff); } }", "a:is(b) { inset: 0; accent-color: red; }", "@media print { a { color: red; } }"]) assert.ok(!style(text), text);
});

check("README and page name the same browsers", async () => {
  const { chrome, firefox, safari } = LOWEST;
  const readme = readFileSync(join(root, "README.md"), "utf8");
  assert.ok(readme.includes(`Chrome and Edge ${chrome}, Firefox ${firefox} and Safari ${safari}`));
  const page = readFileSync(join(root, "handlers/front/index.html"), "utf8");
  assert.ok(page.includes(`Chrome en Edge vanaf versie ${chrome}, Firefox vanaf ${firefox} en Safari vanaf ${safari}`));
  assert.ok(page.includes(`Chrome and Edge from version ${chrome}, Firefox from ${firefox} and Safari from ${safari}`));
});
