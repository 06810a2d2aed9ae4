// One hand-over: approving or withdrawing it, how far the files are, and what happened.

import { get, LastOnly, post, Problem, sentence } from "../../core/api.js";
import { called, dateTime, fill, h } from "../../core/show.js";
import { ask, thisVisit } from "../../core/dialog.js";
import { isDone } from "../../core/once.js";
import { busyButton, failure, loading, rows, say, table } from "../../core/pieces.js";
import { knows, t } from "../../core/words.js";
import { stateBadge } from "./list.js";
/** @import { Screen } from "../../core/types.js" */
/** @import { HandOver, Side, Step } from "./types.js" */

/** Between two looks at files that move. */
const PAUSE = 2_000;
/** Looking keeps the session alive, so it ends: after five minutes somebody has to press a button. */
const MAX_LOOKS = 150;
/** What becomes of a hand-over by each step. */
const BECOMES = { approve: ["approved", "moving", "completed"], withdraw: ["withdrawn"], stop: ["withdrawn"] };

/** @param {Record<string, string>} parameters @returns {Screen} */
export function page({ id = "" }) {
  const title = t("hand_over.one");
  const path = `/api/hand-overs/${encodeURIComponent(id)}`;
  const heading = h("h1", {}, title);
  const refusal = h("div", { class: "notice bad", role: "alert", hidden: true });
  const turn = new LastOnly();
  let stands = "";
  /** @type {{ element: HTMLElement, reload: () => Promise<void> }} */
  const shown = loading(
    async () => /** @type {HandOver} */ ((await get(path)).data),
    (found) => [facts(seen(found)), state(path, found, { turn, act, reload: () => shown.reload() }), history(found.steps)],
  );

  /** @param {HandOver} found */
  function seen(found) {
    stands = found.state;
    return found;
  }

  /** @param {"approve" | "withdraw" | "stop"} step @param {HandOver} found */
  async function act(step, { from, to }) {
    refusal.hidden = true;
    const isHere = thisVisit();
    const whom = { from: side(from), to: side(to) };
    const sure = await ask({
      name: `hand_over_${step}`,
      title: t(`hand_over.${step}_title`, whom),
      body: t(`hand_over.${step}_body`),
      confirm: t(`hand_over.${step}`),
      danger: step === "approve",
    });
    if (!sure) return;
    /** @type {unknown} */
    let wrong = null;
    try {
      await post(`${path}/${step}`);
    } catch (error) {
      wrong = error;
    }
    if (!isHere()) return;
    await shown.reload();
    // The button that was pressed may be gone.
    heading.focus();
    refusal.hidden = isDone(wrong, BECOMES[step].includes(stands));
    if (refusal.hidden) say(t(`hand_over.${step}_done`));
    else fill(refusal, h("p", {}, why(wrong)));
  }

  const crumb = h("p", { class: "crumb" }, h("a", { href: "#/hand-overs" }, t("hand_over.back")));
  return { title, element: h("section", {}, crumb, heading, refusal, shown.element), leave: () => turn.stop() };
}

/** @param {unknown} error */
function why(error) {
  return error instanceof Problem && error.code === "wrong_step" ? t("hand_over.wrong_step") : sentence(error);
}

/** @param {Side} side */
function side({ display_name: name, username }) {
  return called(name, username);
}

/** @param {HandOver} found */
function facts({ from, to, reason, proposed_at: at, state, moves_at: moves }) {
  return rows([
    { label: t("hand_over.state"), value: stateBadge(state) },
    { label: t("hand_over.from"), value: side(from) },
    { label: t("hand_over.to"), value: side(to) },
    { label: t("hand_over.reason"), value: reason },
    { label: t("hand_over.proposed_at"), value: dateTime(at) },
    ...(moves === null ? [] : [{ label: t("hand_over.moves_at"), value: dateTime(moves) }]),
  ]);
}

/**
 * What can be done now, or how far it is.
 * @param {string} path
 * @param {HandOver} found
 * @param {{ turn: LastOnly, act: (step: "approve" | "withdraw" | "stop", found: HandOver) => Promise<void>, reload: () => Promise<void> }} page
 */
function state(path, found, { turn, act, reload }) {
  if (found.state === "withdrawn") return null;
  if (found.state === "moving" || found.state === "completed") return progress(path, found, turn, reload);
  const button = (/** @type {"approve" | "withdraw" | "stop"} */ step, /** @type {string} */ kind) =>
    busyButton(t(`hand_over.${step}`), () => act(step, found), kind);
  if (found.state === "approved")
    return h(
      "div",
      { class: "notice warn fields" },
      h("p", {}, t("hand_over.waits")),
      h(
        "div",
        { class: "actions" },
        button("stop", "danger-quiet"),
        h("button", { type: "button", onclick: () => void reload() }, t("hand_over.look_again")),
      ),
    );
  const words = t(found.own ? "problem.same_officer" : "hand_over.yours");
  return h(
    "div",
    { class: "notice warn fields" },
    h("p", {}, words),
    h("div", { class: "actions" }, !found.own && button("approve", "primary"), button("withdraw", "")),
  );
}

/** How many files have arrived; looked at again until all have. @param {string} path @param {HandOver} found @param {LastOnly} turn @param {() => Promise<void>} reload */
function progress(path, found, turn, reload) {
  const bar = h("progress", { "aria-label": t("hand_over.files") });
  const count = h("p", { role: "status" });
  const trouble = h("div", {});
  const again = h("button", { type: "button", hidden: true, onclick: () => void reload() }, t("hand_over.look_again"));

  /** @param {HandOver} now */
  function show({ files, moved, state: reached }) {
    bar.max = Math.max(files ?? 0, 1);
    bar.value = reached === "completed" ? bar.max : moved;
    const words = files === null ? t("hand_over.not_begun") : t("hand_over.arrived", { moved, files });
    if (count.textContent !== words) fill(count, words);
  }

  async function follow() {
    fill(trouble);
    try {
      for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
        const answer = await turn.ask((signal) => later(() => get(path, { signal })));
        if (answer === undefined) return;
        if (answer.data.state !== found.state) return await reload();
        show(answer.data);
      }
      again.hidden = false;
    } catch (problem) {
      fill(trouble, failure(problem, follow));
    }
  }

  show(found);
  if (found.state !== "completed") void follow();
  return h("div", { class: "card" }, h("h2", {}, t("hand_over.files")), count, bar, trouble, again);
}

/** @template T @param {() => Promise<T>} look @returns {Promise<T>} */
async function later(look) {
  await new Promise((over) => setTimeout(over, PAUSE));
  return look();
}

/** The newest first. @param {Step[]} steps */
function history(steps) {
  const columns = ["when", "what", "by"].map((key) => ({ words: t(`hand_over.${key}`) }));
  const happened = steps.map((step) => [
    dateTime(step.at),
    what(step),
    step.by === null ? t("hand_over.program") : called(step.by, step.by_username),
  ]);
  return h(
    "div",
    { class: "card" },
    h("h2", {}, t("hand_over.history")),
    table({ caption: t("hand_over.history"), columns, rows: happened.reverse() }),
  );
}

/** @param {Step} step */
function what({ event, files }) {
  const words = knows(`hand_over_step.${event}`) ? t(`hand_over_step.${event}`) : event;
  return files === null ? words : t("hand_over.step_files", { step: words, files });
}
