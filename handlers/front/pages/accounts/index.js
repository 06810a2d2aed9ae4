// For officers: who has an account, and for which firm an adviser works.

export { accountPage, accounts, invite } from "./accounts.js";
export { controllerPage } from "./controller.js";
