// The words of the pages, in the language of the user: a file for each language beside what uses it, of which only those that are needed
// are loaded.

/** @import { Language, Texts } from "./types.js" */

/** What has been loaded. @type {Record<Language, Texts>} */
const texts = { nl: {}, en: {} };
/** Folders whose words are in use: that of the start, and of each subject that somebody went to. */
const folders = new Set([""]);
/** Files that are here or under way, by their names. @type {Map<string, Promise<void>>} */
const files = new Map();
/** @type {Language} */
let current = "nl";
/** What was asked for last. @type {Language} */
let wanted = current;

/** The first language of the browser that there are words in. @returns {Language} */
export function preferred() {
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  return spoken.find((one) => one === "nl" || one === "en") === "en" ? "en" : "nl";
}

/** The language of the words. */
export function language() {
  return current;
}

/** Takes another language once its words are there. Without them everything stays as it is, and this rejects. @param {Language} chosen */
export async function setLanguage(chosen) {
  wanted = chosen;
  await learn(chosen);
  if (wanted !== chosen) return;
  current = chosen;
  document.documentElement.lang = chosen;
}

/** Loads the words of a language, for everything that is in use. @param {Language} chosen */
export async function learn(chosen) {
  // While they are on their way, another subject may come into use.
  for (let known = 0; known < folders.size;) {
    known = folders.size;
    await Promise.all([...folders].map((folder) => load(folder, chosen)));
  }
}

/** Loads the words of a subject, and from now on in every language that is chosen. @param {string} folder such as `pages/breaches/` */
export function learnSubject(folder) {
  folders.add(folder);
  return load(folder, current);
}

/** @param {string} folder @param {Language} chosen */
function load(folder, chosen) {
  const name = `${folder}text.${chosen}.json`;
  let file = files.get(name);
  if (file === undefined) {
    file = fetched(name).then((words) => merge(texts[chosen], words));
    files.set(name, file);
    file.catch(() => files.delete(name));
  }
  return file;
}

const PATIENCE = 30_000;

/** @param {string} name @returns {Promise<Texts>} */
async function fetched(name) {
  const answer = await fetch(new URL(`../${name}`, import.meta.url), { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`${name}: answered ${answer.status}`);
  return answer.json();
}

/** @param {Texts} known @param {Texts} more */
function merge(known, more) {
  for (const [key, words] of Object.entries(more)) {
    const old = known[key];
    if (typeof words === "object" && typeof old === "object") merge(old, words);
    else known[key] = words;
  }
}

/**
 * The words under a key, with `{name}` replaced by its value. A key with words for different numbers (`zero`, `one`, `other`) goes by
 * `count`.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = find(key) ?? numbered(key, values.count) ?? unheard(key);
  if (text === null) throw new Error(`no text for ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** The values of a closed set, in the order in which they are shown: its words name each of them. @param {string} set */
export function valuesOf(set) {
  return Object.keys(under(set));
}

/** The same with their words, as options. @param {string} set @returns {[string, string][]} */
export function optionsOf(set) {
  return Object.entries(under(set));
}

/** Whether there are words under a key: a newer server may send codes that this page has not heard of. @param {string} key */
export function knows(key) {
  return find(key) !== null;
}

/** @param {string} key */
function find(key) {
  const node = under(key);
  return typeof node === "string" ? node : null;
}

/** @type {Record<Language, Intl.PluralRules>} */
const rules = { nl: new Intl.PluralRules("nl"), en: new Intl.PluralRules("en") };

/** The words for a number: those for none where there are any, else those of the language's rules. @param {string} key @param {unknown} count */
function numbered(key, count) {
  if (typeof count !== "number") return null;
  const none = count === 0 ? find(`${key}.zero`) : null;
  return none ?? find(`${key}.${rules[current].select(count)}`) ?? find(`${key}.other`);
}

/** A value that a newer server knows, in a set that this page knows: its name has to do. @param {string} key */
function unheard(key) {
  const dot = key.lastIndexOf(".");
  const name = key.slice(dot + 1);
  return typeof under(key.slice(0, dot)) === "object" && /^[a-z0-9_]+$/u.test(name) ? name : null;
}

/** @param {string} key @returns {any} */
function under(key) {
  /** @type {any} */
  let node = texts[current];
  for (const part of key.split(".")) node = typeof node === "object" && Object.hasOwn(node, part) ? node[part] : undefined;
  return node;
}
