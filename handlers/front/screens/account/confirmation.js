// Typing the password or a code once more before something that matters: a wrong one is said at its field.

import { field } from "../../core/field.js";
import { blame } from "../../core/form.js";
import { t } from "../../core/text.js";

/** @typedef {import("../../core/field.js").Field} Field */

/**
 * What a form does with a refused password or code.
 * @param {{ password?: Field, code?: Field }} typed
 */
export function refusedAt({ password, code }) {
  return (/** @type {import("../../core/problem.js").Problem} */ problem) => {
    if (problem.code === "invalid_credentials" && password) return blame(password, t("account.wrong_password"));
    if (problem.code === "wrong_code" && code) return blame(code, t("problem.wrong_code"));
    return false;
  };
}

/** A code of the app. */
export function codeField() {
  return field({ name: "code", label: t("account.code"), hint: t("account.code_hint"), autocomplete: "one-time-code", inputmode: "numeric", required: true, width: "short" });
}

/**
 * A code of the app, or a recovery code for who has lost it.
 * @returns {Field & { body: () => object }}
 */
export function factorField() {
  const made = field({ name: "code", label: t("account.factor"), hint: t("account.factor_hint"), autocomplete: "one-time-code", required: true, width: "medium" });
  const typed = () => made.value().replace(/\s/g, "");
  const isCode = () => /^\d{1,6}$/.test(typed());
  const body = () => (isCode() ? { code: typed() } : { recovery_code: typed() });
  return { ...made, pointer: () => (isCode() ? "/code" : "/recovery_code"), body };
}

/** @param {Field} made */
export function digits(made) {
  return made.value().replace(/\s/g, "");
}
