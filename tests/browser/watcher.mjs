// Sees everything in a browser that nobody asked for: each such thing fails the story.

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("playwright-core").Request} Request */

/** Asking who is signed in is how a page finds out that nobody is; telling that somebody types may find it out too. */
const NOBODY = /^(?:GET \/api\/(?:session|account)|POST \/api\/session\/keep-alive): answered 401$/u;
/** A refused request shows here too; the answer itself has been judged. */
const ECHO = /^Failed to load resource: the server responded with a status of \d+/u;

export class Watcher {
  /** All that the consoles said, for whoever looks into a failure. @type {string[]} */
  console = [];
  #origin;
  /** @type {string[]} */
  #seen = [];
  /** @type {RegExp[]} */
  #expected = [];
  /** @type {Map<Request, BrowserContext>} */
  #underWay = new Map();
  /** Called when something under way is over. */
  #over = () => {};
  #hasEnded = false;

  /** @param {string} origin the only one that pages may speak to */
  constructor(origin) {
    this.#origin = origin;
  }

  /** Takes what matches, and wants at least one of it before the story ends. @param {RegExp} problem */
  expect(problem) {
    this.#expected.push(problem);
  }

  /** Notes something that nobody asked for. @param {string} problem */
  note(problem) {
    this.#seen.push(problem);
  }

  /** Pages go from here on, and what they had begun with them: nothing of that is wrong. */
  end() {
    this.#hasEnded = true;
  }

  /** What is wrong at the end. @returns {string[]} */
  problems() {
    const unexpected = this.#seen.filter((problem) => !NOBODY.test(problem) && !this.#expected.some((pattern) => pattern.test(problem)));
    const unmet = this.#expected.filter((pattern) => !this.#seen.some((problem) => pattern.test(problem)));
    return [...new Set(unexpected), ...unmet.map((pattern) => `expected, but did not come: ${pattern.source}`)];
  }

  /** Follows every page of a context, also those to come. @param {BrowserContext} context */
  async follow(context) {
    context.on("page", (page) => this.#followPage(page));
    context.on("request", (request) => {
      this.#underWay.set(request, context);
      this.#judge(request);
    });
    context.on("requestfinished", (request) => this.#ended(request));
    context.on("requestfailed", (request) => {
      this.#ended(request);
      this.#failed(request);
    });
    context.on("close", () => [...this.#underWay].filter(([, whose]) => whose === context).forEach(([request]) => this.#ended(request)));
    context.on("response", (response) => {
      if (response.status() >= 400) this.#see(`${this.#named(response.request())}: answered ${response.status()}`);
    });
    await context.exposeBinding("noteViolation", (_, text) => this.#see(`policy violation: ${text}`));
    await context.addInitScript(() => {
      const tell = /** @type {(text: string) => void} */ (Reflect.get(globalThis, "noteViolation"));
      addEventListener("securitypolicyviolation", (event) => tell(`${event.effectiveDirective} stops ${event.blockedURI}`), true);
    });
  }

  /** Waits for what the pages have said already. @param {Page[]} pages */
  async settle(pages) {
    await Promise.all(pages.map((page) => page.evaluate(() => undefined).catch(() => undefined)));
  }

  /** Waits until no request is under way. @param {number} patience milliseconds */
  async quiet(patience) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`still under way: ${[...this.#underWay.keys()].map((one) => this.#named(one)).join(", ")}`)), patience)));
    try {
      while (this.#underWay.size > 0) await Promise.race([late, new Promise((resolve) => (this.#over = () => resolve(undefined)))]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @param {string} problem of a page */
  #see(problem) {
    if (!this.#hasEnded) this.note(problem);
  }

  /** @param {Request} request */
  #ended(request) {
    this.#underWay.delete(request);
    this.#over();
  }

  /** @param {Page} page */
  #followPage(page) {
    page.on("console", (message) => {
      const line = `console ${message.type()}: ${message.text()}`;
      this.console.push(`${line} (${message.location().url})`);
      if (["error", "warning", "assert"].includes(message.type()) && !ECHO.test(message.text())) this.#see(line);
    });
    page.on("pageerror", (error) => this.#see(`page error: ${error.stack ?? error.message}`));
    page.on("crash", () => this.#see("the page crashed"));
    page.on("websocket", (socket) => this.#see(`web socket: ${socket.url()}`));
    page.on("framenavigated", (frame) => {
      if (!this.#isOurs(frame.url()) && frame.url() !== "about:blank") this.#see(`went to ${frame.url()}`);
    });
  }

  /** @param {Request} request */
  #judge(request) {
    if (!this.#isOurs(request.url())) this.#see(`foreign request: ${this.#named(request)}`);
  }

  /** The page itself, or leaving it, ends a request as `ERR_ABORTED`: that is no failure. @param {Request} request */
  #failed(request) {
    const why = request.failure()?.errorText ?? "";
    if (why !== "net::ERR_ABORTED") this.#see(`${this.#named(request)}: failed with ${why}`);
  }

  /** A download is made in the page and saved from there. @param {string} url */
  #isOurs(url) {
    return url.startsWith(`${this.#origin}/`) || url.startsWith(`blob:${this.#origin}/`);
  }

  /** @param {Request} request */
  #named(request) {
    const url = request.url();
    return `${request.method()} ${url.startsWith(this.#origin) ? url.slice(this.#origin.length) : url}`;
  }
}
