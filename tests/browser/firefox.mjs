// Firefox, driven over WebDriver BiDi.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IN_SIGHT, SHOWN, until } from "./engine.mjs";
import { required } from "./tools.mjs";

/** @typedef {import("./engine.mjs").Engine} Engine */
/** @typedef {import("puppeteer-core").KeyInput} KeyInput */

const BROWSER = "/usr/bin/firefox-esr";
/** Whatever it tries by itself stays on the machine. */
const QUIET = {
  "app.update.enabled": false,
  "browser.download.always_ask_before_handling_new_types": false,
  "browser.download.folderList": 2,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.disable_beforeunload": true,
  "dom.disable_window_flip": false,
  "intl.accept_languages": "nl-NL, nl",
  "layout.css.prefers-reduced-motion": 1,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disabled": true,
  "services.settings.server": "data:,",
  "signon.rememberSignons": false,
  "toolkit.telemetry.enabled": false,
  "ui.prefersReducedMotion": 1,
};

/** Where the browser is; nothing when it is not installed. */
export function firefox() {
  return existsSync(BROWSER) ? BROWSER : undefined;
}

/** @implements {Engine} */
export class Firefox {
  name = "firefox";
  #browser;
  page;

  /** @param {import("puppeteer-core").Browser} browser @param {import("puppeteer-core").Page} page @param {string} downloads */
  constructor(browser, page, downloads) {
    this.#browser = browser;
    this.page = page;
    this.downloads = downloads;
  }

  /** @param {Record<string, unknown>} [wishes] preferences of the browser */
  static async start(wishes = {}) {
    const puppeteer = /** @type {typeof import("puppeteer-core")} */ (required("puppeteer-core"));
    const downloads = mkdtempSync(join(tmpdir(), "finrust-firefox-"));
    const extraPrefsFirefox = { ...QUIET, "browser.download.dir": downloads, ...wishes };
    const browser = await puppeteer.default.launch({ browser: "firefox", executablePath: BROWSER, headless: true, acceptInsecureCerts: true, extraPrefsFirefox, defaultViewport: null, timeout: 120_000 });
    // The window that it starts with never gets the focus.
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    return new Firefox(browser, page, downloads);
  }

  /** @param {string} url */
  async go(url) {
    await this.page.goto(url);
  }

  /** @param {number} width @param {number} height */
  size(width, height) {
    return this.page.setViewport({ width, height });
  }

  /** @param {string} script */
  run(script) {
    return this.page.evaluate(`(() => { ${script} })()`);
  }

  /** @param {string} xpath */
  async click(xpath) {
    await until(async () => {
      const found = await this.#find(xpath);
      await this.page.evaluate(`(${IN_SIGHT})((${SHOWN})(${JSON.stringify(xpath)}))`);
      await found.click();
    });
  }

  /** @param {...string} keys */
  async keys(...keys) {
    await this.#hasFocus();
    for (const key of keys) {
      const held = key.split("+");
      for (const one of held) await this.page.keyboard.down(/** @type {KeyInput} */ (one));
      for (const one of held.reverse()) await this.page.keyboard.up(/** @type {KeyInput} */ (one));
    }
  }

  /** @param {string} text */
  async write(text) {
    await this.#hasFocus();
    await this.page.keyboard.type(text);
  }

  /** @param {string} xpath @param {string} path */
  async upload(xpath, path) {
    await (/** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await this.#find(xpath))).uploadFile(path);
  }

  /** A4 with the margins of the style sheet. @returns {Promise<Uint8Array>} */
  pdf() {
    return this.page.pdf({ format: "a4", margin: { top: "16mm", bottom: "16mm", left: "15mm", right: "15mm" } });
  }

  async stop() {
    await this.#browser.close();
    rmSync(this.downloads, { recursive: true, force: true });
  }

  /** Without screen, windows lose the focus to each other; in one that has not got it a key presses no button. */
  async #hasFocus() {
    await this.page.evaluate("document.hasFocus() || window.focus()");
  }

  /** @param {string} xpath */
  async #find(xpath) {
    const handle = await this.page.evaluateHandle(`(${SHOWN})(${JSON.stringify(xpath)})`);
    const element = handle.asElement();
    if (element === null) throw new Error(`${xpath} is not shown`);
    return /** @type {import("puppeteer-core").ElementHandle<Element>} */ (element);
  }
}
