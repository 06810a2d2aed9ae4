// How stories are told. A file in stories/ is a group of them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { here } from "./tools.mjs";

/** @typedef {import("./world.mjs").World} World */
/** @typedef {{group: string, name: string, tell?: (world: World) => Promise<void>, check?: () => Promise<void>}} Story */

/** @type {Story[]} */
const stories = [];
let group = "";

/**
 * A story through the screens, in a world of its own.
 * @param {string} name
 * @param {(world: World) => Promise<void>} tell
 */
export function story(name, tell) {
  stories.push({ group, name, tell });
}

/**
 * Something to check that needs neither server nor browser.
 * @param {string} name
 * @param {() => Promise<void>} check
 */
export function check(name, check) {
  stories.push({ group, name, check });
}

/**
 * All stories whose group or name contains one of these words; without words, all.
 * @param {string[]} words
 * @returns {Promise<Story[]>}
 */
export async function found(words) {
  const folder = join(here, "stories");
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".mjs")).sort()) {
    group = file.slice(0, -".mjs".length);
    await import(pathToFileURL(join(folder, file)).href);
  }
  return stories.filter((one) => words.length === 0 || words.some((word) => title(one).includes(word)));
}

/** @param {Story} story */
export function title({ group, name }) {
  return `${group}: ${name}`;
}
