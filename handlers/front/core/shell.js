// What stands around every screen: the bar on top, the place of the screen, and what happens when a session ends.

import { Problem, put, sentence } from "./api.js";
import { now } from "./clock.js";
import { entitle, fill, h } from "./show.js";
import * as dialog from "./dialog.js";
import { isUnderWay, modal, withdraw } from "./dialog.js";
import { aloud, failure, hush, mayPass, say } from "./pieces.js";
import * as router from "./router.js";
import * as session from "./session.js";
import { endsAt } from "./session.js";
import { language, learn, preferred, setLanguage, t } from "./words.js";
/** @import { Language, Link, Route, Screen, SignInAgain } from "./types.js" */

const header = h("header", { class: "bar" });
const main = h("main", { id: "main", tabindex: "-1" });
const skip = h("a", { class: "skip", href: "#main", onclick: skipToMain });

/** @type {Link[]} */
let navigation = [];
/** @type {SignInAgain} */
let signInAgain = async () => false;
/** @type {(() => void) | null} */
let warning = null;

/**
 * Builds the page and shows the first screen.
 * @param {object} parts
 * @param {Route[]} parts.routes
 * @param {Link[]} parts.links what the bar leads to
 * @param {SignInAgain} parts.again
 */
export async function open({ routes, links, again }) {
  navigation = links;
  signInAgain = again;
  // Before the language is known from somebody's account, the browser's is taken.
  await setLanguage(preferred());
  fill(skip, t("app.skip"));
  addEventListener("beforeprint", ontoPaper);
  addEventListener("afterprint", offPaper);
  const isDirty = () => router.shown()?.isDirty?.() ?? false;
  Object.assign(session.listener, { expiring, stays, expired, ended, mustEnrol, another, conceal, isDirty, unknown, clockIsOff });
  const wrong = await enter();
  appear();
  router.start({ table: routes, onShow: show, onArrival: greet, onLeave: mayLeave });
  if (wrong !== null) say(sentence(wrong));
  isOpen = true;
  if (off !== 0) clockIsOff(off);
}

/** What the served page says stays until there is something to show. */
function appear() {
  document.querySelector(".starting")?.remove();
  document.body.append(skip, header, aloud, main);
}

/** Until the server has said who is there, since as long as it has not, nobody can say that nobody is. Answers what will not pass. */
async function enter() {
  for (;;) {
    try {
      await session.enter();
      return null;
    } catch (error) {
      if (!mayPass(error)) return error;
      appear();
      await new Promise((again) =>
        fill(
          main,
          failure(error, () => again(null)),
        ),
      );
    }
  }
}

/** The first screen would take back what is said before it. */
let isOpen = false;
let off = 0;

/** @param {Screen} screen @param {boolean} isAsked somebody went there, and was not taken there with a word about what was done */
function show(screen, isAsked) {
  if (isAsked) hush();
  drawBar();
  fill(main, screen.element);
  scrollTo(0, 0);
  greet(screen);
}

/** Says what is shown, unless something stands in front of it. @param {Screen} screen */
function greet(screen) {
  if (!screen.element.isConnected) return;
  entitle(screen.title);
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  const first = /** @type {HTMLElement | null} */ (main.querySelector("[data-first]")) ?? heading;
  first?.focus({ preventScroll: true });
}

function drawBar() {
  const account = session.who();
  fill(skip, t("app.skip"));
  const links = navigation.filter(
    ({ access }) => account !== null && !account.mustEnrol && (access === "signed_in" || access === account.role),
  );
  const here = router.path().split("/")[0];
  const items = links.map(({ path, words }) =>
    h("li", {}, h("a", { href: `#/${path}`, "aria-current": path === here ? "page" : null }, t(words))),
  );
  const other = language() === "nl" ? "en" : "nl";
  const languages = h("button", { type: "button", class: "quiet", lang: other, onclick: () => void speak(other) }, t("app.other_language"));
  const out = account && h("button", { type: "button", class: "quiet", onclick: () => void leave() }, t("app.sign_out"));
  const nav = items.length > 0 && h("nav", { "aria-label": t("app.nav_label") }, h("ul", {}, ...items));
  fill(
    header,
    h("div", { class: "inside" }, h("a", { class: "brand", href: "#/" }, "FinRust"), nav, h("div", { class: "end" }, languages, out)),
  );
}

/** @param {Language} chosen */
async function speak(chosen) {
  try {
    await learn(chosen);
    if (!(await mayGo()) || language() === chosen) return;
    await setLanguage(chosen);
  } catch {
    return say(sentence(new Problem(navigator.onLine ? "part_missing" : "offline")));
  }
  router.redraw();
  const account = session.who();
  if (account === null || account.mustEnrol) return;
  try {
    await put("/api/account", { display_name: account.display_name, language: chosen });
  } catch (error) {
    say(sentence(error));
  }
}

async function leave() {
  if (!(await mayGo())) return;
  const isSure =
    !(await session.othersAreDirty()) ||
    (await dialog.ask({
      name: "sign_out_elsewhere",
      title: t("app.leave_title"),
      body: t("app.leave_elsewhere"),
      confirm: t("app.leave_out"),
      cancel: t("app.leave_no"),
      danger: true,
    }));
  if (isSure) await session.signOut();
}

async function mayGo() {
  return !router.shown()?.isDirty?.() || (await mayLeave());
}

/** Whether what was typed is saved or may be lost. */
async function mayLeave() {
  const screen = router.shown();
  const saving = screen?.saving?.() ?? null;
  // What was sent is neither saved nor lost before its answer comes.
  const sent = isUnderWay() ? "_sent" : "";
  const button = (/** @type {string} */ value, /** @type {string} */ kind) =>
    h(
      "button",
      { type: "submit", class: kind, value, autofocus: value === "" },
      t(`app.leave_${value ? value + sent : "no"}`, { what: saving?.words ?? "" }),
    );
  const actions = [button("", ""), saving && button("save", "primary"), button("yes", "danger-quiet")];
  const about = t(`app.leave_body${sent}`, { screen: screen?.about?.() ?? screen?.title ?? "" });
  const content = [h("p", {}, sent ? about : (screen?.losing?.() ?? about))];
  const answer = await modal({ name: "leave", title: t(`app.leave_title${sent}`), content, actions }).answer;
  if (answer !== "save" || saving === null) return answer === "yes";
  return (await router.onTheWay(saving.save)) && !screen?.isDirty?.();
}

function expiring() {
  warning = expiryWarning({ onStay: session.stay, onOut: () => void session.signOut() });
}

function stays() {
  warning?.();
  warning = null;
}

/** Takes everything out of sight; what was typed stays in memory. Answers what brings it back as it was, the focus too. */
function conceal() {
  const kept = [...main.childNodes];
  const focus = /** @type {HTMLElement | null} */ (document.activeElement);
  const [left, top] = [scrollX, scrollY];
  dialog.setAside();
  router.hold(true);
  for (const place of [aloud, header, main]) fill(place);
  entitle();
  return () => {
    router.hold(false);
    if (session.who() === null) return;
    entitle(router.shown()?.title);
    fill(main, ...kept);
    drawBar();
    dialog.bringBack();
    if (document.querySelector("dialog[open]") === null) focus?.focus({ preventScroll: true });
    scrollTo(left, top);
  };
}

/** Until the same person has signed in again. @param {string} [why] @returns {Promise<boolean>} */
async function expired(why) {
  stays();
  const account = session.who();
  if (account === null) return false;
  const reveal = conceal();
  const same = await signInAgain(
    account.username,
    (screen) => {
      entitle(screen.title);
      fill(main, screen.element);
      /** @type {HTMLElement | null} */ (main.querySelector("[data-first]"))?.focus();
    },
    why,
  );
  reveal();
  return same;
}

/** The person who is there now finds nothing of the one before, and is not asked whether that may go. */
function another() {
  stays();
  empty();
  fill(header);
  entitle();
  // The place among the entries stays: what is refused later goes back to it.
  history.replaceState(history.state, "", "#/");
  location.reload();
}

/** Nothing is shown until the server has said whose it is. @param {() => void} again */
function unknown(again) {
  fill(main, failure(new Problem("offline"), again));
}

/** @param {number} ahead milliseconds */
function clockIsOff(ahead) {
  if (!isOpen) return void (off = ahead);
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  const [count, unit] = minutes < 120 ? [minutes, "minutes"] : [Math.round(minutes / 60), "hours"];
  say(t(`app.clock_${ahead > 0 ? "ahead" : "behind"}_${unit}`, { count }), { stays: true });
}

/** @param {"here" | "elsewhere" | "offline"} how */
function ended(how) {
  stays();
  if (how === "offline") {
    say(t("app.signed_out_offline"), { stays: true });
    return;
  }
  empty();
  router.go("login");
  say(t(how === "here" ? "app.signed_out" : "app.signed_out_elsewhere"));
}

function mustEnrol() {
  empty();
  router.go("account/two-factor");
}

function empty() {
  router.drop();
  dialog.dropAll();
  fill(main);
  fill(aloud);
}

/** Boxes cut what is longer than they are; paper cannot be scrolled. */
function ontoPaper() {
  offPaper();
  for (const box of main.querySelectorAll("input, select, textarea")) {
    const { type, value } = /** @type {HTMLInputElement} */ (box);
    if (["checkbox", "radio", "file", "password"].includes(type)) continue;
    const words = box instanceof HTMLSelectElement ? (box.selectedOptions[0]?.textContent ?? "") : value;
    box.classList.add("no-print");
    box.after(h("span", { class: "paper" }, words));
  }
}

function offPaper() {
  for (const text of main.querySelectorAll(".paper")) {
    text.previousElementSibling?.classList.remove("no-print");
    text.remove();
  }
}

/** @param {Event} event */
function skipToMain(event) {
  event.preventDefault();
  main.focus();
}

const SECOND = 1_000;

/**
 * Shows the warning; answers what takes it away.
 * @param {{ onStay: () => Promise<void>, onOut: () => void }} parts
 * @returns {() => void}
 */
function expiryWarning({ onStay, onOut }) {
  const left = h("p", { class: "countdown", role: "timer" });
  const tell = () => fill(left, remaining());
  const stay = h("button", { type: "submit", class: "primary", value: "stay" }, t("expiry.stay"));
  const out = h("button", { type: "submit", value: "out" }, t("app.sign_out"));
  const { element, answer } = modal({
    name: "expiring",
    title: t("expiry.title"),
    content: [h("p", {}, t("expiry.body")), left],
    actions: [stay, out],
    calm: true,
  });
  tell();
  const ticking = setInterval(tell, SECOND);
  void answer.then((value) => {
    clearInterval(ticking);
    if (value === "out") onOut();
    else if (value === "gone") session.warnAgain();
    else void onStay().catch(() => {});
  });
  return () => withdraw(element);
}

function remaining() {
  const seconds = Math.max(0, Math.ceil((endsAt() - now()) / SECOND));
  return t("expiry.remaining", { minutes: Math.floor(seconds / 60), seconds: String(seconds % 60).padStart(2, "0") });
}
