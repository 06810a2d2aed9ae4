// How values of the register are said.

import { date } from "../../core/show.js";
import { badge } from "../../core/pieces.js";
import { knows, language, t } from "../../core/words.js";
/** @import { Deadline, Stage } from "./types.js" */

/** A newer server may know values that this page has not heard of. @param {string} set @param {string} value */
export function said(set, value) {
  return knows(`${set}.${value}`) ? t(`${set}.${value}`) : value;
}

/** @param {string} set @param {string[]} [values] */
export function saidAll(set, values = []) {
  return values.map((value) => said(set, value)).join(", ");
}

/** Names of countries. @param {string[]} [codes] */
export function countries(codes = []) {
  const names = new Intl.DisplayNames([language()], { type: "region" });
  return codes.map((code) => names.of(code) ?? code).join(", ");
}

/** @param {Stage} stage */
export function stageBadge(stage) {
  const kinds = /** @type {const} */ ({ draft: "warn", published: "", ended: "plain" });
  return badge(t(`processor_stage.${stage}`), kinds[stage]);
}

/** @param {Deadline} deadline */
export function deadlineWords({ on, kind }) {
  return `${said("deadline_kind", kind)}: ${date(on)}`;
}
