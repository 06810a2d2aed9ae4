// Only the last question counts: an earlier one is called off, and should its answer come after all, it is dropped.

export class LastOnly {
  #turn = new AbortController();

  /**
   * @template T
   * @param {(signal: AbortSignal) => Promise<T>} question
   * @returns {Promise<T | undefined>} nothing when a later question, or `stop`, took its place
   */
  async ask(question) {
    this.stop();
    const { signal } = (this.#turn = new AbortController());
    try {
      const answer = await question(signal);
      return signal.aborted ? undefined : answer;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  stop() {
    this.#turn.abort();
  }
}
