// Where everything is that these tests need, and what of it is missing.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

export const here = import.meta.dirname;
export const root = resolve(here, "../..");
export const target = resolve(process.env.CARGO_TARGET_DIR ?? join(root, "target"));
export const tools = join(target, "tools/browser");
export const screens = join(target, "screens");
export const binary = resolve(process.env.FINRUST_BINARY ?? join(target, "debug/finrust"));
export const chromium = "/usr/bin/chromium";
export const faketime = findFaketime();

/** What is installed below the target directory, as `import` would find it had it been installed here. */
export const required = createRequire(join(tools, "package.json"));

/**
 * What keeps the stories from running, in sentences.
 * @returns {string[]}
 */
export function missing() {
  const found = [];
  if (!existsSync(join(tools, "installed-lock.json"))) found.push("the browser tools are not installed, run tests/browser/install.sh");
  if (!existsSync(chromium)) found.push(`${chromium} is not installed`);
  if (!existsSync(faketime)) found.push("libfaketime is not installed");
  return found;
}

/**
 * With `FINRUST_FRONT`, where an asset lies in the tree as it is now, so that a change of a page needs no build.
 * @param {string} pathname
 */
export function inTree(pathname) {
  const [, name] = /^\/assets\/[0-9a-f]+\/(.+)$/u.exec(pathname) ?? [];
  const path = join(root, "handlers/front", name ?? "");
  return process.env.FINRUST_FRONT && name !== undefined && existsSync(path) ? path : undefined;
}

/** Below a directory per architecture, which only the C compiler could name. */
function findFaketime() {
  const libraries = "/usr/lib";
  const places = existsSync(libraries) ? readdirSync(libraries) : [];
  const candidates = ["", ...places].map((place) => join(libraries, place, "faketime/libfaketimeMT.so.1"));
  return candidates.find((candidate) => existsSync(candidate)) ?? "";
}
