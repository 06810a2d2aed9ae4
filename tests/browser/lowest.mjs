// The oldest browsers that have to do, and what the front end uses that they have not: held against MDN's table of what browsers know.
//
// Syntax is that of ECMAScript 2023, which all of them read. A member is looked up by its whole name where a global stands before it, and else by its
// own name, when it is called and is not the front end's: it is wrong when nothing that is called so was known. Style sheets are read by property and value; what stands inside `@supports` is asked
// for first and needs no place in the table.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { required, root } from "./tools.mjs";

/** @type {Record<string, number>} */
export const LOWEST = { chrome: 111, edge: 111, firefox: 115, safari: 16.4 };

/** What makes a page nicer where it is known, and does no harm where it is not. */
const EXTRAS = [
  "text-wrap",
  "text-wrap: balance",
  "text-wrap: pretty",
  "text-size-adjust",
  "field-sizing",
  "field-sizing: content",
  "font-family: ui-monospace",
  "size",
  "@page",
  "break-after: avoid",
  ":has",
  ":-webkit-meter-inner-element",
  ":-webkit-meter-bar",
  ":-webkit-meter-optimum-value",
  ":-webkit-meter-suboptimum-value",
  ":-webkit-meter-even-less-good-value",
];

/** @typedef {Record<string, any>} Table */

const FRONT = join(root, "handlers/front");

/** @param {string} ending */
export function sources(ending) {
  const names = /** @type {string[]} */ (readdirSync(FRONT, { recursive: true })).filter((name) => name.endsWith(ending));
  return names.map((name) => ({ name, text: readFileSync(join(FRONT, name), "utf8") }));
}

/** @returns {Table} */
export const table = () => /** @type {Table} */ (required("@mdn/browser-compat-data"));

/** The browsers that came too early for a row of the table. @param {any} row */
function without(row) {
  return Object.entries(LOWEST).filter(([browser, lowest]) => {
    const all = [row.__compat?.support?.[browser] ?? []].flat();
    return !all.some((one) => one.version_added && !one.flags && !one.prefix && !(Number(one.version_removed) <= lowest) && (one.version_added === "preview" ? false : Number(one.version_added.replace("≤", "")) <= lowest));
  }).map(([browser]) => browser);
}

/** @param {Table} found @param {string[]} path */
function row(found, path) {
  return path.reduce((at, name) => (at !== undefined && Object.hasOwn(at, name) ? at[name] : undefined), /** @type {any} */ (found));
}

/** Every member of interfaces and built-in objects, by its name. @param {Table} found */
function members(found) {
  /** @type {Map<string, any[]>} */
  const all = new Map();
  for (const owners of [found.api, found.javascript.builtins, found.javascript.builtins.Intl]) {
    for (const owner of Object.values(owners)) {
      for (const [name, one] of Object.entries(/** @type {Table} */ (owner))) {
        const bare = name.replace(/_static$|_event$/u, "");
        if (name !== "__compat") all.set(bare, [...(all.get(bare) ?? []), one]);
      }
    }
  }
  return all;
}

/** What a script uses that a browser has not. @param {{ name: string, text: string }} script @param {Table} found @param {Set<string>} [own] */
export function youngScript({ name, text }, found, own = new Set()) {
  const known = members(found);
  /** @type {Set<string>} */
  const wrong = new Set();
  const say = (/** @type {string} */ what, /** @type {string[]} */ browsers) => browsers.length > 0 && wrong.add(`${name}: ${what} (${browsers.join(", ")})`);
  let tree;
  try {
    tree = parsed(text);
  } catch (error) {
    return [`${name}: ${error}`];
  }
  walk(tree, (node) => {
    if (node.type === "Literal" && node.regex?.flags.includes("v")) wrong.add(`${name}: the flag v of regular expressions`);
    if (node.type === "NewExpression" && node.callee.type === "Identifier") {
      const at = row(found, ["api", node.callee.name]) ?? row(found, ["javascript", "builtins", node.callee.name]);
      if (at?.__compat) say(`new ${node.callee.name}`, without(at));
    }
    if (node.type === "CallExpression" && node.callee.type === "MemberExpression") node.callee.isCalled = true;
    if (node.type !== "MemberExpression" || node.computed || node.property.type === "PrivateIdentifier") return;
    const member = node.property.name;
    if (node.object.type === "Identifier") {
      const owner = row(found, ["api", node.object.name]) ?? row(found, ["javascript", "builtins", node.object.name]) ?? row(found, ["api", node.object.name[0].toUpperCase() + node.object.name.slice(1)]);
      const whole = owner?.[`${member}_static`] ?? owner?.[member];
      if (whole?.__compat) {
        say(`${node.object.name}.${member}`, without(whole));
        return;
      }
    }
    if (!node.isCalled || own.has(member)) return;
    const named = (known.get(member) ?? []).filter((one) => one.__compat);
    if (named.length > 0 && named.every((one) => without(one).length > 0)) say(`.${member}`, without(named[0]));
  });
  return [...wrong];
}

/** @param {string} text */
function parsed(text) {
  const { parse } = /** @type {{ parse: (text: string, options: object) => any }} */ (required("acorn"));
  return parse(text, { ecmaVersion: 2023, sourceType: "module" });
}

/** Names of what the front end calls that it made itself. @param {{ text: string }[]} scripts */
export function ownNames(scripts) {
  /** @type {Set<string>} */
  const found = new Set();
  for (const { text } of scripts) {
    walk(parsed(text), (node) => {
      if (["Property", "MethodDefinition"].includes(node.type) && node.key.type === "Identifier") found.add(node.key.name);
      if (node.type === "FunctionDeclaration") found.add(node.id.name);
    });
  }
  return found;
}

/** @param {any} node @param {(node: any) => void} visit */
function walk(node, visit) {
  if (node === null || typeof node !== "object") return;
  if (typeof node.type === "string") visit(node);
  for (const [key, value] of Object.entries(node)) if (key !== "regex") (Array.isArray(value) ? value : [value]).forEach((child) => walk(child, visit));
}

/** What a style sheet uses, outside `@supports`, that a browser has not. @param {{ name: string, text: string }} sheet @param {Table} found */
export function youngStyle({ name, text }, found) {
  /** @type {Set<string>} */
  const wrong = new Set();
  const bare = withoutSupports(text.replace(/\/\*.*?\*\//gsu, ""));
  const say = (/** @type {string} */ what, /** @type {any} */ at) => at?.__compat && !EXTRAS.includes(what) && without(at).length > 0 && wrong.add(`${name}: ${what} (${without(at).join(", ")})`);
  const functions = found.css.types;
  for (const [, property = "", value = ""] of bare.matchAll(/[{;]\s*([\w-]+)\s*:\s*([^;{}]+)(?=[;}])/gu)) {
    if (!property.startsWith("--")) {
      say(property, found.css.properties[property]);
      for (const word of value.split(/[\s,()]+/u)) say(`${property}: ${word}`, found.css.properties[property]?.[word]);
    }
    for (const [, used = ""] of value.matchAll(/([\w-]+)\(/gu)) say(`${used}()`, row(functions, ["color", used]) ?? row(functions, [used]));
  }
  for (const [, selector = ""] of bare.matchAll(/::?([\w-]+)/gu)) say(`:${selector}`, found.css.selectors[selector]);
  for (const [, rule = ""] of bare.matchAll(/@([\w-]+)/gu)) say(`@${rule}`, found.css["at-rules"][rule]);
  for (const [, feature = ""] of bare.matchAll(/\(([\w-]+)\s*:/gu)) say(`@media ${feature}`, found.css["at-rules"].media[feature]);
  return [...wrong];
}

/** @param {string} text */
function withoutSupports(text) {
  let rest = text;
  for (let start = rest.indexOf("@supports"); start >= 0; start = rest.indexOf("@supports")) {
    let depth = 0;
    let end = rest.indexOf("{", start);
    do {
      if (rest[end] === "{") depth += 1;
      if (rest[end] === "}") depth -= 1;
      end += 1;
    } while (depth > 0 && end < rest.length);
    rest = rest.slice(0, start) + rest.slice(end);
  }
  return rest;
}
