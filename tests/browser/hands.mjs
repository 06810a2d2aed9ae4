// Somebody at an engine: the same deeds with a mouse or with nothing but a keyboard.
import { setTimeout as pause } from "node:timers/promises";
import { SHOWN, until } from "./engine.mjs";

/** @typedef {import("./engine.mjs").Engine} Engine */
/** @typedef {"mouse" | "keyboard"} Way */

/** More stops than any screen has. */
const STOPS = 250;
/** A page has reacted to a key by then, or never does. */
const REACTION = 2_000;
/** Between two looks at where something is. */
const LOOK = 50;
const quoted = (/** @type {string} */ text) => (text.includes("'") ? `"${text}"` : `'${text}'`);

/** @param {string} name */
export const button = (name) => `//button[normalize-space()=${quoted(name)}]`;
/** @param {string} name */
export const link = (name) => `//a[normalize-space()=${quoted(name)}]`;
/** @param {string} label */
export const box = (label) => `//*[@id=//label[normalize-space()=${quoted(label)}]/@for]`;
/** @param {string} name @param {number} [level] */
export const heading = (name, level = 1) => `//h${level}[normalize-space()=${quoted(name)}]`;
/** @param {string} words */
export const text = (words) => `//main//*[contains(normalize-space(text()), ${quoted(words)})]`;
/** What stands in a question. @param {string} xpath */
export const asked = (xpath) => `//dialog[@open]${xpath}`;

export class Hands {
  /** @param {Engine} engine @param {Way} way */
  constructor(engine, way) {
    this.engine = engine;
    this.way = way;
  }

  /** Waits until it is shown. @param {string} xpath */
  sees(xpath) {
    return this.#until(xpath, true);
  }

  /** Waits until it is not shown any more. @param {string} xpath */
  misses(xpath) {
    return this.#until(xpath, false);
  }

  /** Presses a link or a button. @param {string} xpath */
  async press(xpath) {
    await this.sees(xpath);
    if (this.way === "mouse") return this.#click(xpath);
    await this.#reach(xpath);
    await this.engine.keys("Enter");
  }

  /** Ticks a box. @param {string} xpath */
  async tick(xpath) {
    await this.sees(xpath);
    const isTicked = () => this.#of(xpath, "found.checked");
    await until(async () => {
      if (await isTicked()) return;
      await this.#focus(xpath);
      if (this.way === "keyboard") await this.engine.keys(" ");
      await until(async () => {
        if (!(await isTicked())) throw new Error(`${xpath} is not ticked`);
      }, REACTION);
    });
  }

  /** Types in place of what stands in a box; once more where that has not arrived, since something above moved the box. @param {string} xpath @param {string} words */
  async fill(xpath, words) {
    await this.sees(xpath);
    await until(async () => {
      await this.#focus(xpath);
      if (!(await this.#of(xpath, "document.activeElement === found"))) throw new Error(`${xpath} has not got the focus`);
      await this.engine.keys("Control+a");
      await this.engine.write(words);
      await this.#shows(xpath, "found.value", (holds) => holds.includes(words));
    });
  }

  /** Chooses from a list: what a browser shows for it is its own, so the first letters are typed. @param {string} xpath @param {string} words */
  async choose(xpath, words) {
    await this.sees(xpath);
    await until(async () => {
      await this.#of(xpath, "found.focus()");
      await this.engine.write(words);
      await this.#shows(xpath, "found.selectedOptions[0].textContent", (chosen) => chosen.startsWith(words));
    });
  }

  /** Fills in a moment in Dutch time, in a box of the browser's own or one for text. @param {string} xpath @param {Date} when */
  async moment(xpath, when) {
    const [day = "", time = ""] = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Amsterdam" }).format(when).split(" ");
    await this.sees(xpath);
    const isText = await this.#of(xpath, `found.type === "text"`);
    if (isText) return this.fill(xpath, `${day.split("-").reverse().join("-")} ${time}`);
    await this.engine.run(`const box = (${SHOWN})(${JSON.stringify(xpath)}); box.value = "${day}T${time}"; box.dispatchEvent(new Event("input", { bubbles: true }))`);
  }

  /** What this is of the thing that is shown; nothing where it is not. @param {string} xpath @param {string} expression of `found` */
  #of(xpath, expression) {
    return this.engine.run(`const found = (${SHOWN})(${JSON.stringify(xpath)}); return found === null ? null : ${expression}`);
  }

  /** Waits a moment for what was typed. @param {string} xpath @param {string} expression of `found` @param {(text: string) => boolean} isIt */
  #shows(xpath, expression, isIt) {
    return until(async () => {
      const text = String(await this.#of(xpath, expression));
      if (!isIt(text)) throw new Error(`${xpath} shows ${text}`);
    }, REACTION);
  }

  /** @param {string} xpath */
  #focus(xpath) {
    return this.way === "mouse" ? this.#click(xpath) : this.#reach(xpath);
  }

  /** Clicks on what has come to rest: what is still being loaded above it would move it away under the mouse. @param {string} xpath */
  async #click(xpath) {
    const place = () => this.#of(xpath, "[found.getBoundingClientRect().x, found.getBoundingClientRect().y].join()");
    await until(async () => {
      const before = await place();
      await pause(LOOK);
      if (before !== (await place())) throw new Error(`${xpath} does not come to rest`);
    });
    await this.engine.click(xpath);
  }

  /** Goes to a thing with the Tab key. @param {string} xpath */
  async #reach(xpath) {
    const isThere = () => this.#of(xpath, "document.activeElement === found");
    for (let stop = 0; stop < STOPS; stop++) {
      if (await isThere()) return;
      await this.engine.keys("Tab");
    }
    throw new Error(`the Tab key does not reach ${xpath}`);
  }

  /** @param {string} xpath @param {boolean} wanted */
  #until(xpath, wanted) {
    return until(async () => {
      const isShown = await this.engine.run(`return (${SHOWN})(${JSON.stringify(xpath)}) !== null`);
      if (isShown !== wanted) throw new Error(`${xpath} is ${isShown ? "still" : "not"} shown: ${await this.engine.run("return location.hash + ' ' + (document.querySelector('dialog[open]') ?? document.body).innerText.slice(0, 1500)")}`);
    });
  }
}
