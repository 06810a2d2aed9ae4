// Somebody at an engine: the same deeds with a mouse or with nothing but a keyboard.
import { SHOWN, until } from "./engine.mjs";

/** @typedef {import("./engine.mjs").Engine} Engine */
/** @typedef {"mouse" | "keyboard"} Way */

/** More stops than any screen has. */
const STOPS = 250;
/** A moment for a page to react to a key, where nothing on it can be waited for. */
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
    if (this.way === "mouse") return this.engine.click(xpath);
    await this.#reach(xpath);
    await this.engine.keys("Enter");
  }

  /** Ticks a box. @param {string} xpath */
  async tick(xpath) {
    await this.sees(xpath);
    if (this.way === "mouse") return this.engine.click(xpath);
    await this.#reach(xpath);
    await this.engine.keys(" ");
  }

  /** Types in place of what stands in a box. @param {string} xpath @param {string} words */
  async fill(xpath, words) {
    await this.sees(xpath);
    if (this.way === "mouse") await this.engine.click(xpath);
    else await this.#reach(xpath);
    await this.engine.keys("Control+a");
    await this.engine.write(words);
    await until(async () => {
      const holds = await this.engine.run(`return document.activeElement.value`);
      if (!String(holds).includes(words)) throw new Error(`${xpath} holds ${holds}`);
    });
  }

  /** Chooses from a list: what a browser shows for it is its own, so the first letters are typed. @param {string} xpath @param {string} words */
  async choose(xpath, words) {
    await this.sees(xpath);
    await this.engine.run(`(${SHOWN})(${JSON.stringify(xpath)}).focus()`);
    await this.engine.write(words);
    await until(async () => {
      const chosen = await this.engine.run(`return document.activeElement.selectedOptions[0].textContent`);
      if (!chosen.startsWith(words)) throw new Error(`${xpath} has ${chosen}`);
    });
  }

  /** Fills in a moment in Dutch time, in a box of the browser's own or one for text. @param {string} xpath @param {Date} when */
  async moment(xpath, when) {
    const [day = "", time = ""] = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: "Europe/Amsterdam" }).format(when).split(" ");
    await this.sees(xpath);
    const isText = await this.engine.run(`return (${SHOWN})(${JSON.stringify(xpath)}).type === "text"`);
    if (isText) return this.fill(xpath, `${day.split("-").reverse().join("-")} ${time}`);
    await this.engine.run(`const box = (${SHOWN})(${JSON.stringify(xpath)}); box.value = "${day}T${time}"; box.dispatchEvent(new Event("input", { bubbles: true }))`);
  }

  /** Goes to a thing with the Tab key. @param {string} xpath */
  async #reach(xpath) {
    const isThere = () => this.engine.run(`const found = (${SHOWN})(${JSON.stringify(xpath)}); return found !== null && document.activeElement === found`);
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
