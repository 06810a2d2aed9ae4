// Two minutes before a session ends: how long it still is, and a way to stay.

import { modal, withdraw } from "./dialog.js";
import { fill, h } from "./dom.js";
import { endsAt } from "./session.js";
import { t } from "./text.js";

const SECOND = 1_000;

/**
 * Shows the warning; answers what takes it away.
 * @param {{ onStay: () => Promise<void>, onOut: () => void }} parts
 * @returns {() => void}
 */
export function expiryWarning({ onStay, onOut }) {
  const left = h("p", { class: "countdown", role: "timer" });
  const tell = () => fill(left, remaining());
  const stay = h("button", { type: "submit", class: "primary", value: "stay" }, t("expiry.stay"));
  const out = h("button", { type: "submit", value: "out" }, t("app.sign_out"));
  const { element, answer } = modal({ title: t("expiry.title"), content: [h("p", {}, t("expiry.body")), left], actions: [stay, out] });
  tell();
  const ticking = setInterval(tell, SECOND);
  void answer.then((value) => {
    clearInterval(ticking);
    if (value === "out") onOut();
    else if (value !== "gone") void onStay().catch(() => {});
  });
  return () => withdraw(element);
}

function remaining() {
  const seconds = Math.max(0, Math.ceil((endsAt() - Date.now()) / SECOND));
  return t("expiry.remaining", { minutes: Math.floor(seconds / 60), seconds: String(seconds % 60).padStart(2, "0") });
}
