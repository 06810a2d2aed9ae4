// What only the browser's own protocol tells: a world apart from the page's scripts and policy, and names as screen readers get them.

/** @typedef {import("playwright-core").Page} Page */

/**
 * Evaluates an expression beside the page's own scripts, on the same document, whatever the page's policy says.
 * @param {Page} page
 * @param {string} expression
 * @returns {Promise<any>}
 */
export async function aside(page, expression) {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "judge" });
    const options = { contextId: executionContextId, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, ...options });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  } finally {
    await session.detach();
  }
}

/**
 * Role and name of the element that has the focus, as the browser tells assistive technology.
 * @param {Page} page
 * @returns {Promise<{role: string, name: string}>}
 */
export async function focused(page) {
  const session = await page.context().newCDPSession(page);
  try {
    const { result } = await session.send("Runtime.evaluate", { expression: "document.activeElement" });
    const { objectId } = result;
    const { nodes } = await session.send("Accessibility.getPartialAXTree", { ...(objectId && { objectId }), fetchRelatives: false });
    return { role: String(nodes[0]?.role?.value ?? ""), name: String(nodes[0]?.name?.value ?? "") };
  } finally {
    await session.detach();
  }
}
