// The HTTP contract as a program speaks it: what stories prepare without the screens.

export class Api {
  #origin;
  /** @type {Map<string, string>} */
  #cookies = new Map();

  /** @param {string} origin */
  constructor(origin) {
    this.#origin = origin;
  }

  /** Name and value of each. */
  cookies() {
    return [...this.#cookies].map(([name, value]) => ({ name, value }));
  }

  /** @param {string} path */
  get(path) {
    return this.send("GET", path);
  }

  /** @param {string} path @param {unknown} [body] */
  post(path, body) {
    return this.send("POST", path, body);
  }

  /** @param {string} path @param {unknown} body @param {Record<string, string>} [headers] such as `If-Match` */
  put(path, body, headers) {
    return this.send("PUT", path, body, headers);
  }

  /** @param {string} path @param {Record<string, string>} [headers] */
  delete(path, headers) {
    return this.send("DELETE", path, undefined, headers);
  }

  /**
   * Sends a request that must succeed.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   */
  async send(method, path, body, headers) {
    const answer = await this.ask(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
    return answer;
  }

  /**
   * Sends a request that may be refused.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<{status: number, etag: string, json: any}>}
   */
  async ask(method, path, body, headers = {}) {
    const sent = new Headers(headers);
    if (body !== undefined) sent.set("content-type", "application/json");
    if (this.#cookies.size > 0) sent.set("cookie", this.cookies().map(({ name, value }) => `${name}=${value}`).join("; "));
    const response = await fetch(this.#origin + path, { method, headers: sent, body: body === undefined ? null : JSON.stringify(body) });
    response.headers.getSetCookie().forEach((line) => this.#keep(line));
    const text = await response.text();
    return { status: response.status, etag: response.headers.get("etag") ?? "", json: text === "" ? undefined : JSON.parse(text) };
  }

  /** @param {string} line of `Set-Cookie` */
  #keep(line) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/u.exec(line) ?? [];
    if (/max-age=0/iu.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
