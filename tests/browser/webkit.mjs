// WebKitGTK, the engine of Safari, driven over WebDriver on a screen of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IN_SIGHT, SHOWN, until } from "./engine.mjs";
import { freePort } from "./server.mjs";

/** @typedef {import("./engine.mjs").Engine} Engine */

const LIBRARIES = "/usr/lib/x86_64-linux-gnu";
const DRIVER = "/usr/bin/WebKitWebDriver";
const SCREEN = "/usr/bin/Xvfb";
/** How WebDriver names an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
/** Keys as WebDriver names them. @type {Record<string, string>} */
const KEYS = { Tab: "\uE004", Enter: "\uE007", Shift: "\uE008", Control: "\uE009", Escape: "\uE00C", End: "\uE010", Home: "\uE011", ArrowDown: "\uE015" };

/** Where the browser is; nothing when it is not installed. */
export function minibrowser() {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES).filter((name) => name.startsWith("webkit2gtk-")) : [];
  const found = folders.map((name) => join(LIBRARIES, name, "MiniBrowser")).find((path) => existsSync(path));
  return existsSync(DRIVER) && existsSync(SCREEN) ? found : undefined;
}

/** @implements {Engine} */
export class WebKit {
  name = "webkit";
  #home = mkdtempSync(join(tmpdir(), "finrust-webkit-"));
  /** @type {import("node:child_process").ChildProcess[]} */
  #children = [];
  #driver = "";
  #session = "";

  /** @param {string} browser */
  static async start(browser) {
    const webkit = new WebKit();
    await webkit.#open(browser);
    return webkit;
  }

  /** @param {string} browser */
  async #open(browser) {
    const home = { HOME: this.#home, XDG_RUNTIME_DIR: this.#home, LANG: "nl_NL.UTF-8", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", LIBGL_ALWAYS_SOFTWARE: "1" };
    const [display, port] = await Promise.all([this.#screen(), freePort()]);
    this.#driver = `http://127.0.0.1:${port}`;
    this.#children.push(spawn(DRIVER, [`--port=${port}`], { env: { ...process.env, ...home, DISPLAY: `:${display}` }, stdio: "ignore" }));
    const options = { binary: browser, args: ["--automation"] };
    const capabilities = { alwaysMatch: { browserName: "MiniBrowser", acceptInsecureCerts: true, "webkitgtk:browserOptions": options } };
    this.#session = `/session/${(await until(() => this.#call("POST", "/session", { capabilities }))).sessionId}`;
  }

  /** A screen of its own; gives its number, which the server chooses. @returns {Promise<string>} */
  async #screen() {
    const screen = spawn(SCREEN, ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    this.#children.push(screen);
    const [number] = await once(/** @type {import("node:stream").Readable} */ (screen.stdio[3]), "data");
    return String(number).trim();
  }

  /** The inside of the window; its frame is measured. @param {number} width @param {number} height */
  async size(width, height) {
    await this.#ask("POST", "/window/rect", { width, height });
    const [across, down] = await this.run("return [outerWidth - innerWidth, outerHeight - innerHeight]");
    if (across > 0 || down > 0) await this.#ask("POST", "/window/rect", { width: width + across, height: height + down });
  }

  /** @param {string} url */
  go(url) {
    return this.#ask("POST", "/url", { url });
  }

  /** @param {string} script */
  run(script) {
    return this.#ask("POST", "/execute/sync", { script, args: [] });
  }

  /** @param {string} xpath */
  async click(xpath) {
    // What was found may be replaced before the mouse is there.
    await until(async () => {
      const origin = await this.#find(xpath);
      await this.#ask("POST", "/execute/sync", { script: `return (${IN_SIGHT})(arguments[0])`, args: [origin] });
      const actions = [{ type: "pointerMove", origin, x: 0, y: 0 }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
      await this.#ask("POST", "/actions", { actions: [{ type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions }] });
    });
  }

  /** @param {...string} keys */
  async keys(...keys) {
    const actions = keys.flatMap((key) => {
      const held = key.split("+").map((one) => KEYS[one] ?? one);
      return [...held.map((value) => ({ type: "keyDown", value })), ...held.reverse().map((value) => ({ type: "keyUp", value }))];
    });
    await this.#ask("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** @param {string} text */
  write(text) {
    return this.keys(...text);
  }

  /** @param {string} xpath @param {string} path */
  async upload(xpath, path) {
    const element = await until(() => this.#find(xpath));
    await this.#ask("POST", `/element/${element[ELEMENT]}/value`, { text: path });
  }

  async stop() {
    if (this.#session !== "") await this.#ask("DELETE", "").catch(() => undefined);
    for (const child of this.#children.reverse()) child.kill();
    rmSync(this.#home, { recursive: true, force: true });
  }

  /** @param {string} xpath @returns {Promise<Record<string, string>>} */
  async #find(xpath) {
    const element = await this.#ask("POST", "/execute/sync", { script: `return (${SHOWN})(arguments[0])`, args: [xpath] });
    if (element === null) throw new Error(`${xpath} is not shown`);
    return element;
  }

  /** @param {string} method @param {string} path @param {unknown} [body] */
  #ask(method, path, body) {
    return this.#call(method, this.#session + path, body);
  }

  /** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
  async #call(method, path, body) {
    const answer = await fetch(this.#driver + path, { method, body: body === undefined ? null : JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.message ?? value?.error}`);
    return value;
  }
}
