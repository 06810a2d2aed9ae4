// Whatever can be typed on a screen: filled in by what the boxes themselves say that they take, so that a new editor is tried by itself.

/** @typedef {import("playwright-core").Page} Page */

/** Where the boxes ask, and nothing that was typed is kept. @type {Record<string, string>} */
export const QUESTIONS = {
  forgotten: "asks for a mail",
  clients: "searches",
  "accounts/:id": "the address of somebody who has not come yet, in a form beside what is shown",
  "breaches/:id/affected": "searches",
  exchange: "a password for what is taken along",
};

/** What is done with its own button alone, though something typed is lost. @type {Record<string, string>} */
export const OWN_BUTTON = {
  suspicion: "begins a breach, and is told to others",
  "account/password": "wants a secret",
  "account/email": "wants a secret",
  "firm/edit": "wants a secret",
  "breaches/:id/step/:step": "cannot be taken back, and asks",
  "processors/:id/end": "cannot be taken back, and asks",
  "requests/:id/:step": "cannot be taken back, and asks",
  "clients/:id/rights/portability": "wants a secret",
  "clients/:id/rights/erase": "cannot be taken back, and asks",
};

/** Editors that share an address with others. @param {string} access @param {Record<string, string>} ids */
export function besides(access, ids) {
  const paths = access === "officer" ? [`breaches/${ids["breaches"]}/step/annotated`] : ["note", "identify", "tell"].map((step) => `requests/${ids["requests"]}/${step}`);
  return paths.map((path) => ({ path, route: path }));
}

const BOXES = "main form :is(input:not([type]), input[type=text], input[type=email], input[type=tel], input[type=password], textarea):visible";

/** Types in the first box that takes something. @param {Page} page @returns {Promise<boolean>} whether there is one */
export async function type(page) {
  for (const box of await page.locator(BOXES).all()) {
    if (!(await box.isEditable())) continue;
    await box.fill(await fitting(box));
    return true;
  }
  return false;
}

/** Fills in what has to be filled in. @param {Page} page */
export async function complete(page) {
  for (const box of await page.locator("main form [aria-required=true]").all()) {
    const isSelect = (await box.evaluate((one) => one.localName)) === "select";
    if ((await box.inputValue()) !== "") continue;
    if (isSelect) await box.selectOption({ index: 1 });
    else await box.fill(await fitting(box));
  }
}

/** Empties the first box that has to be filled in; answers whether there is one. @param {Page} page */
export async function emptied(page) {
  const box = page.locator("main form :is(input, textarea)[aria-required=true]").first();
  if ((await box.count()) === 0) return false;
  await box.fill("");
  return true;
}

/** @param {import("playwright-core").Locator} box */
async function fitting(box) {
  const { type, name, inputMode } = await box.evaluate((one) => {
    const { type, name, inputMode } = /** @type {HTMLInputElement} */ (one);
    return { type, name, inputMode };
  });
  if (type === "email" || inputMode === "email") return "nieuw@example.nl";
  if (inputMode === "numeric") return "84";
  return name === "username" ? "nieuw.mens" : "Nieuw";
}
