// What a story has: a server of its own, a browser, people, and clocks that it can move.
import { focused } from "./cdp.mjs";
import { milliseconds } from "./clock.mjs";
import { Mailbox } from "./mailbox.mjs";
import { People } from "./people.mjs";
import { accessible, DESKTOP, fits, screenshot } from "./screens.mjs";
import { Server } from "./server.mjs";
import { inTree } from "./tools.mjs";
import { Watcher } from "./watcher.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").BrowserContextOptions} Options */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./people.mjs").Person} Person */

const PATIENCE = 30_000;
/** What a story ends with may be held back for ever, on purpose. */
const PATIENCE_AT_THE_END = 10_000;
/** A clock stops at a moment that is still to come when it hears of it. */
const HEARD_BY_THEN = { seconds: 10 };

/** @param {BrowserContext} context */
function fromTree(context) {
  return context.route(/\/assets\/[0-9a-f]+\//u, (route) => {
    const path = inTree(new URL(route.request().url()).pathname);
    return path === undefined ? route.continue() : route.fulfill({ path });
  });
}

export class World {
  #browser;
  /** @type {BrowserContext[]} */
  #contexts = [];
  /** @type {Page | undefined} */
  #page;

  /** @param {Browser} browser @param {Server} server */
  constructor(browser, server) {
    this.#browser = browser;
    this.server = server;
    this.watcher = new Watcher(server.origin);
    this.mailbox = new Mailbox(server.data);
    this.people = new People(server, { now: () => server.clock.now(), advance: (span) => this.advance(span) });
  }

  /** @param {Browser} browser */
  static async open(browser) {
    const world = new World(browser, await Server.start());
    world.#page = await world.anotherBrowser();
    return world;
  }

  /** The first page. */
  get page() {
    if (!this.#page) throw new Error("a world is opened with its first page");
    return this.#page;
  }

  /** Every page that is open. */
  get pages() {
    return this.#contexts.flatMap((context) => context.pages());
  }

  /**
   * The page of another browser: cookies, clock and settings of its own.
   * @param {Options & {realTime?: boolean}} [options] `realTime`: for measuring; no clock of the story, which `advance` could move
   * @returns {Promise<Page>}
   */
  async anotherBrowser({ realTime = false, ...options } = {}) {
    const usual = { baseURL: this.server.origin, viewport: DESKTOP, locale: "nl-NL", timezoneId: "Europe/Amsterdam", reducedMotion: /** @type {const} */ ("reduce") };
    const context = await this.#browser.newContext({ ...usual, ...options });
    context.setDefaultTimeout(PATIENCE);
    this.#contexts.push(context);
    context.on("close", () => (this.#contexts = this.#contexts.filter((one) => one !== context)));
    await this.watcher.follow(context);
    if (process.env.FINRUST_FRONT) await fromTree(context);
    if (!realTime) await context.clock.install({ time: this.server.clock.now() });
    return context.newPage();
  }

  /** Moves the clocks of the server and of every browser, once what is under way is over: a page gives up what has lasted for so long. @param {import("./clock.mjs").Span} span */
  async advance(span) {
    await this.#quiet(PATIENCE);
    this.server.advance(span);
    await Promise.all(this.#contexts.map((context) => context.clock.fastForward(milliseconds(span))));
  }

  /** The clock of a page stands still during this: for what the page itself would not wait for long enough. @param {Page} page @param {() => Promise<void>} act */
  async still(page, act) {
    await this.#quiet(PATIENCE);
    this.server.advance(HEARD_BY_THEN);
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + milliseconds(HEARD_BY_THEN));
    try {
      await act();
    } finally {
      await page.clock.resume();
    }
  }

  /** Closes a browser once what its pages have asked for is there. @param {Page} page */
  async closeBrowser(page) {
    await this.#quiet(PATIENCE);
    await page.context().close();
  }

  /** Gives a browser a session of this person, a new one or one that is there, without the screens. @param {Person} person @param {Page} [page] @param {import("./api.mjs").Api} [session] */
  async signIn(person, page = this.page, session) {
    const api = session ?? (await person.signIn());
    const rest = { domain: "127.0.0.1", path: "/", secure: true, httpOnly: true, sameSite: /** @type {const} */ ("Strict") };
    await page.context().addCookies(api.cookies().map((cookie) => ({ ...cookie, ...rest })));
    return api;
  }

  /** The server will answer so, at least once: for a screen that shows a refusal. @param {number} status @param {string} [path] how it begins */
  expectStatus(status, path = "/") {
    this.watcher.expect(new RegExp(`^[A-Z]+ ${path.replace(/[.*+?^${}()|[\]\\/]/gu, "\\$&")}.*: answered ${status}$`, "u"));
  }

  /** A problem will come that this matches, at least once. @param {RegExp} problem */
  expect(problem) {
    this.watcher.expect(problem);
  }

  /** Presses keys, one after the other, such as "Tab", "Shift+Tab", "Enter". @param {...string} keys */
  async keys(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Role and name of what has the focus. @param {Page} [page] */
  focused(page = this.page) {
    return focused(page);
  }

  /** @param {string} name of the screen @param {Page} [page] */
  accessible(name, page = this.page) {
    return accessible(page, name);
  }

  /** @param {string} name of the screen @param {Page} [page] */
  screenshot(name, page = this.page) {
    return screenshot(page, name);
  }

  /** Everything that holds for each screen: pictures of it, accessible, and no wider than a phone. @param {string} name @param {Page} [page] */
  async screen(name, page = this.page) {
    await screenshot(page, name);
    await fits(page, name);
    await accessible(page, name);
  }

  /** Ends everything; gives what nobody asked for. */
  async close() {
    await this.#quiet(PATIENCE_AT_THE_END).catch(() => undefined);
    this.watcher.end();
    await Promise.all([...this.pages, ...this.#contexts].map((one) => one.unrouteAll({ behavior: "ignoreErrors" })));
    await Promise.all(this.#contexts.map((context) => context.close()));
    await this.server.stop();
    this.server.errors().forEach((line) => this.watcher.note(`server log: ${line}`));
    return this.watcher.problems();
  }

  /** Waits until no page asks for anything more. @param {number} patience milliseconds */
  async #quiet(patience) {
    await this.watcher.settle(this.pages);
    await this.watcher.quiet(patience);
  }
}
