// What a walk asks of a browser, whichever engine it has. Each is driven by the protocol that it speaks; a walk knows only these verbs.

import { setTimeout as pause } from "node:timers/promises";

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {(url: string) => Promise<unknown>} go
 * @property {(width: number, height: number) => Promise<unknown>} size of the window's inside
 * @property {(script: string) => Promise<any>} run what a function body answers in the page
 * @property {(xpath: string) => Promise<void>} click with the button of a mouse, in the middle of it
 * @property {(...keys: string[]) => Promise<void>} keys such as "Tab", "Enter", "Control+s"
 * @property {(text: string) => Promise<void>} write into what has the focus
 * @property {(xpath: string, path: string) => Promise<void>} upload
 * @property {() => Promise<void>} stop
 */

const PATIENCE = 45_000;

/** A function of the page: the first thing of an XPath that is shown. */
export const SHOWN = `(xpath) => {
  const found = document.evaluate(xpath, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
  for (let index = 0; index < found.snapshotLength; index++) {
    const node = found.snapshotItem(index);
    if (node.checkVisibility ? node.checkVisibility({ visibilityProperty: true }) : node.getClientRects().length > 0) return node;
  }
  return null;
}`;

/** A function of the page: brings a thing clear of what sticks to an edge. */
export const IN_SIGHT = "(thing) => thing.scrollIntoView({ block: 'center', inline: 'nearest' })";

/** @template T @param {() => Promise<T>} act @param {number} [patience] @returns {Promise<T>} */
export async function until(act, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(50);
    }
  }
}
