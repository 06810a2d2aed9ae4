// A client file on the server: reading, writing and deleting it, so that an answer that got lost does no harm.

import { get, post, put, remove } from "../../core/api.js";
import { Problem } from "../../core/problem.js";
import { same, settled } from "./plain.js";

/** @typedef {import("./plain.js").Entry} Entry */
/** @typedef {import("../../core/api.js").Answer} Answer */

/** After these nobody knows whether the file was written. */
const UNCERTAIN = ["offline", "unavailable", "internal"];

/** One file, as it was last read or written; not on the server yet when it has no `id`. */
export class Stored {
  /** @type {string | null} */
  id = null;
  /** @type {any} as the server answered it */
  file = null;
  /** @type {string | null} */
  #etag = null;
  /** One for each file that is made: a repeat makes no second one. */
  #key = crypto.randomUUID();
  /** @type {Entry | null} what was sent without an answer */
  #unanswered = null;

  /** @param {string} id */
  async read(id) {
    this.adopt(await get(path(id)));
  }

  /** The version that is on the server now. */
  present() {
    return get(path(this.id ?? ""));
  }

  /** Goes on from a version. @param {Answer} answer */
  adopt({ data, etag }) {
    this.id = data.id;
    this.file = data;
    this.#etag = etag;
    this.#unanswered = null;
  }

  /** What comes next is a new file. */
  detach() {
    this.id = null;
    this.#key = crypto.randomUUID();
    this.#unanswered = null;
  }

  /** @param {Entry} content */
  save(content) {
    return this.id === null ? this.#create(content) : this.#replace(content);
  }

  /**
   * A creation without an answer is repeated as it was, for that is what its key stands for; what changed since is written over it.
   * @param {Entry} content
   * @returns {Promise<void>}
   */
  async #create(content) {
    const first = this.#unanswered ?? content;
    try {
      this.adopt(await this.#heard(first, post("/api/clients", first, { headers: { "idempotency-key": this.#key } })));
    } catch (error) {
      if (this.#unanswered !== null || same(first, content)) throw error;
      return this.#create(content);
    }
    if (!same(first, content)) await this.#replace(content);
  }

  /**
   * When the version in the way is our own, whose answer got lost, nobody else has changed anything.
   * @param {Entry} content
   * @returns {Promise<void>}
   */
  async #replace(content) {
    const lost = this.#unanswered;
    try {
      this.adopt(await this.#heard(content, put(path(this.id ?? ""), content, { headers: { "if-match": this.#etag ?? "" } })));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "version_mismatch" || lost === null) throw error;
      const present = await this.present();
      if (!same(settled(present.data), lost)) throw error;
      this.adopt(present);
      return this.#replace(content);
    }
  }

  /** Remembers what got no answer. @param {Entry} content @param {Promise<Answer>} asked */
  async #heard(content, asked) {
    try {
      return await asked;
    } catch (error) {
      this.#unanswered = error instanceof Problem && UNCERTAIN.includes(error.code) ? content : null;
      throw error;
    }
  }

  /** @param {string | null} etag of the version that may be deleted */
  async remove(etag = this.#etag) {
    await remove(path(this.id ?? ""), { headers: { "if-match": etag ?? "" } });
  }
}

/** @param {string} id */
function path(id) {
  return `/api/clients/${encodeURIComponent(id)}`;
}
