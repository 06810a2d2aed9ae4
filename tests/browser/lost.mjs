// Answers that are lost on their way back.

/** @typedef {import("./world.mjs").World} World */
/** @typedef {import("playwright-core").Page} Page */

/** The next answer to this is lost on its way back; the server has done what was asked. @param {World} world @param {Page} page @param {RegExp} path @param {string} method */
export async function lost(world, page, path, method) {
  world.expect(/: failed/u);
  world.expect(/^console error: Failed to load resource/u);
  let isLost = false;
  await page.route(path, async (route) => {
    if (isLost || route.request().method() !== method) return route.fallback();
    isLost = true;
    // With the answer its cookies are lost.
    const before = await page.context().cookies();
    await route.fetch();
    await page.context().clearCookies();
    await page.context().addCookies(before);
    await route.abort("connectionreset");
  });
}

/** @param {Page} page @param {string} name */
export async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).click();
}

/** @param {Page} page */
export async function unheard(page) {
  await page.getByText("De server is niet te bereiken.").first().waitFor();
}
