// The countries somebody may live in (ISO 3166-1), by the names that the browser knows in the language of the screen.

import { language } from "../../core/text.js";

/** Where clients of a Dutch adviser live most. */
const NEAR = "NL BE DE LU FR GB ES PT IT AW CW SX BQ";
const OTHERS =
  "AD AE AF AG AI AL AM AO AQ AR AS AT AU AX AZ BA BB BD BF BG BH BI BJ BL BM BN BO BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CX CY CZ DJ DK DM DO DZ EC EE EG EH ER ET FI FJ FK FM FO GA GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/**
 * Code and name of each: those nearby first, then all others by name.
 * @returns {[string, string][]}
 */
export function countries() {
  const names = nameBook();
  const named = (/** @type {string} */ code) => /** @type {[string, string]} */ ([code, names.of(code) ?? code]);
  const others = OTHERS.split(" ").map(named);
  return [...NEAR.split(" ").map(named), ...others.sort(([, one], [, other]) => one.localeCompare(other, language()))];
}

/**
 * A country's name; its code where the browser knows none.
 * @param {string} code
 */
export function countryName(code) {
  try {
    return nameBook().of(code) ?? code;
  } catch {
    return code;
  }
}

function nameBook() {
  return new Intl.DisplayNames(language(), { type: "region" });
}
