// WebKitGTK, the engine of Safari, driven over WebDriver on a screen of its own.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const LIBRARIES = "/usr/lib/x86_64-linux-gnu";
const DRIVER = "/usr/bin/WebKitWebDriver";
const SCREEN = "/usr/bin/Xvfb";
const PATIENCE = 15_000;
/** How WebDriver names an element. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Where the browser is; nothing when it is not installed. */
export function minibrowser() {
  const folders = existsSync(LIBRARIES) ? readdirSync(LIBRARIES).filter((name) => name.startsWith("webkit2gtk-")) : [];
  const found = folders.map((name) => join(LIBRARIES, name, "MiniBrowser")).find((path) => existsSync(path));
  return existsSync(DRIVER) && existsSync(SCREEN) ? found : undefined;
}

export class WebKit {
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
    const display = `:${90 + (process.pid % 900)}`;
    const port = 20_000 + (process.pid % 20_000);
    this.#driver = `http://127.0.0.1:${port}`;
    const env = { ...process.env, HOME: this.#home, XDG_RUNTIME_DIR: this.#home, DISPLAY: display, LANG: "nl_NL.UTF-8", WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", LIBGL_ALWAYS_SOFTWARE: "1" };
    this.#children.push(spawn(SCREEN, [display, "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], { stdio: "ignore" }));
    this.#children.push(spawn(DRIVER, [`--port=${port}`], { env, stdio: "ignore" }));
    const options = { binary: browser, args: ["--automation"] };
    const capabilities = { alwaysMatch: { browserName: "MiniBrowser", acceptInsecureCerts: true, "webkitgtk:browserOptions": options } };
    this.#session = `/session/${(await until(() => this.#call("POST", "/session", { capabilities }))).sessionId}`;
  }

  /** @param {number} width @param {number} height */
  size(width, height) {
    return this.#ask("POST", "/window/rect", { width, height });
  }

  /** @param {string} url */
  go(url) {
    return this.#ask("POST", "/url", { url });
  }

  /** @returns {Promise<string>} */
  url() {
    return this.#ask("GET", "/url");
  }

  /** Waits for the first element of an XPath that is shown. @param {string} xpath @returns {Promise<Record<string, string>>} */
  find(xpath) {
    return until(async () => {
      const element = await this.#ask("POST", "/element", { using: "xpath", value: xpath });
      if (!(await this.#ask("GET", `/element/${element[ELEMENT]}/displayed`))) throw new Error(`${xpath} is not shown`);
      return element;
    });
  }

  /** Presses the button of a mouse in the middle of it. @param {string} xpath */
  async click(xpath) {
    const origin = await this.find(xpath);
    await this.#ask("POST", "/execute/sync", { script: "arguments[0].scrollIntoView({ block: 'center' })", args: [origin] });
    const mouse = { type: "pointer", id: "mouse", parameters: { pointerType: "mouse" }, actions: [{ type: "pointerMove", origin, x: 0, y: 0 }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }] };
    await this.#ask("POST", "/actions", { actions: [mouse] });
  }

  /** @param {string} xpath @param {string} text */
  async type(xpath, text) {
    const element = await this.find(xpath);
    await this.#ask("POST", `/element/${element[ELEMENT]}/value`, { text });
  }

  /** What a script of the page answers. @param {string} script */
  run(script) {
    return this.#ask("POST", "/execute/sync", { script, args: [] });
  }

  async stop() {
    if (this.#session !== "") await this.#ask("DELETE", "").catch(() => undefined);
    for (const child of this.#children.reverse()) child.kill();
    rmSync(this.#home, { recursive: true, force: true });
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

/** @template T @param {() => Promise<T>} act @returns {Promise<T>} */
export async function until(act) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}
