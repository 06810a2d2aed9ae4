// The data of one person, to take elsewhere (art. 20 GDPR), after the password.

import { post } from "../../core/api.js";
import { t } from "../../core/show.js";
import { keep, say } from "../../core/pieces.js";
import { go } from "../../core/router.js";
import { refusedAt } from "../../core/form.js";
import { choice, password, screenOf, sheet } from "./sheet.js";
/** @import { Screen } from "../../core/types.js" */

/** @param {Record<string, string>} parameters @returns {Screen} */
export function portability({ id = "" }) {
  const back = `clients/${id}/rights`;
  const format = choice("format", t("rights.format"), [["json", t("rights.json")], ["csv", t("rights.csv")]]);
  const secret = password();
  const made = sheet({
    pieces: [format, secret],
    submit: t("rights.portability"),
    send: async (body) => keep((await post(`/api/clients/${encodeURIComponent(id)}/portability`, body, { asFile: true })).data, `finrust-${t("rights.file_name")}.${format.field.value()}`),
    after: () => {
      say(t("rights.saved"));
      return () => go(back);
    },
    onProblem: refusedAt({ password: secret.field }),
  });
  return screenOf({ title: t("rights.portability"), back, backWords: t("rights.back_one"), about: t("rights.portability_body") }, made);
}
