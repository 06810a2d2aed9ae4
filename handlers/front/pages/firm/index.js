// The firm that runs this deployment: for everybody to read, for officers to change.

export { edit, withdraw } from "./edit.js";
export { firm } from "./page.js";
