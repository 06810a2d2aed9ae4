// What is looked for on every screen, as scripts of the page.

/** What a click in the middle or at either end of each thing would hit instead. */
export const HIDDEN = `(() => {
  const wrong = [];
  for (const thing of document.querySelectorAll("a[href], button, input, select, textarea, summary, label")) {
    if (!(thing.checkVisibility?.({ visibilityProperty: true, opacityProperty: true }) ?? thing.getClientRects().length > 0) || thing.closest(".visually-hidden") || thing.matches(".skip")) continue;
    thing.scrollIntoView({ block: "center", inline: "center" });
    const [box] = thing.getClientRects();
    if (!box || box.width === 0) continue;
    for (const share of [0.5, 0.02, 0.98]) {
      const hit = document.elementFromPoint(box.left + box.width * share, box.top + box.height / 2);
      const isIt = hit && (thing === hit || thing.contains(hit) || hit.closest("label")?.control === thing);
      if (!isIt) wrong.push((thing.getAttribute("aria-label") ?? thing.textContent ?? "").trim().slice(0, 40) + " <" + thing.localName + "> is under " + (hit ? hit.localName + "." + hit.className : "nothing"));
    }
  }
  return [...new Set(wrong)];
})()`;

/** What a spell checker, a keyboard or a translator would be told of clients. */
export const TOLD = `(() => {
  const wrong = [];
  for (const box of document.querySelectorAll("main input:not([type=checkbox], [type=radio], [type=file], [hidden]), main textarea")) {
    const said = ["spellcheck", "autocorrect", "translate"].map((name) => box.getAttribute(name)).join();
    if (said !== "false,off,no") wrong.push("box " + box.name + " says " + said);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { textContent, parentElement } = texts.currentNode;
    if (/Hottentotten|Kerkstraat|Hypotheek/.test(textContent) && parentElement?.closest("[translate]")?.getAttribute("translate") !== "no") wrong.push("a translator gets “" + textContent.slice(0, 60) + "”");
  }
  return wrong;
})()`;

/** What reaches out of the window to the right: a function body that names it. */
export const WIDE = `
  const all = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5);
  return all.filter((one) => !all.some((other) => other !== one && one.contains(other))).slice(0, 5).map((one) => one.localName + "." + one.className + " “" + (one.textContent ?? "").slice(0, 30) + "”").join(", ")`;

/** What is cut off, or lies over other words, whatever the size of letters: sentences. */
export const CUT = `(() => {
  const wrong = [];
  const width = document.documentElement.clientWidth;
  const said = (text) => "“" + text.trim().replace(/\\s+/g, " ").slice(0, 40) + "”";
  const ancestors = (one) => { const all = []; for (let up = one; up; up = up.parentElement) all.push(up); return all; };
  const styles = new Map();
  const style = (one) => styles.get(one) ?? styles.set(one, getComputedStyle(one)).get(one);
  // What floats over the rest does so on purpose, and what scrolls within itself can be scrolled.
  const floats = (one) => ancestors(one).find((up) => ["sticky", "fixed"].includes(style(up).position)) ?? null;
  const scrolls = (one) => ancestors(one).find((up) => ["auto", "scroll"].includes(style(up).overflowX) && up !== document.documentElement) ?? null;
  const lines = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { parentElement, textContent } = texts.currentNode;
    if (textContent.trim() === "" || !parentElement || parentElement.closest(".skip, option, script, dialog:not([open])") || ancestors(parentElement).some((up) => style(up).clipPath !== "none") || !parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const at = scrolls(parentElement);
      if (!at && (box.right > width + 1 || box.left < -1)) wrong.push(said(textContent) + " reaches out of the window");
      const cutter = ancestors(parentElement).find((up) => ["hidden", "clip"].includes(style(up).overflowX) || ["hidden", "clip"].includes(style(up).overflowY));
      const frame = cutter && cutter !== document.body && cutter !== document.documentElement && cutter.getBoundingClientRect();
      if (frame && (box.right > frame.right + 1 || box.bottom > frame.bottom + 2 || box.left < frame.left - 1 || box.top < frame.top - 2)) wrong.push(said(textContent) + " is cut by " + cutter.localName + "." + cutter.className);
      lines.push({ text: textContent, owner: parentElement, floating: floats(parentElement), scrolling: at, left: box.left, right: box.right, top: box.top + box.height * 0.2, bottom: box.bottom - box.height * 0.2 });
    }
  }
  for (const button of document.querySelectorAll("button, .button, select")) {
    if (button.clientWidth > 0 && button.scrollWidth > button.clientWidth + 1) wrong.push(said(button.textContent) + " does not fit in its " + button.localName);
  }
  lines.sort((one, other) => one.top - other.top);
  for (const [index, one] of lines.entries()) {
    for (let next = index + 1; next < lines.length && lines[next].top < one.bottom; next++) {
      const other = lines[next];
      if (one.floating !== other.floating || one.scrolling !== other.scrolling) continue;
      if (one.left < other.right - 1 && other.left < one.right - 1) wrong.push(said(one.text) + " lies over " + said(other.text));
    }
  }
  return [...new Set(wrong)];
})()`;

/** Notes of everything that a key has given the focus how much of it is covered or out of sight; read by \`UNSEEN\`. */
export const WATCH_FOCUS = `(() => {
  const bars = (one, thing) => { for (let up = one; up; up = up.parentElement) if (!up.contains(thing) && ["sticky", "fixed"].includes(getComputedStyle(up).position)) return up; return null; };
  const look = () => {
    document.documentElement.dataset.looked = String(Number(document.documentElement.dataset.looked) + 1);
    const thing = document.activeElement;
    if (!thing || thing === document.body) return;
    const { left, top, width, height } = thing.getClientRects()[0] ?? thing.getBoundingClientRect();
    const places = [[0.5, 0.5], [0.03, 0.1], [0.97, 0.1], [0.03, 0.9], [0.97, 0.9]];
    const covers = places.map(([across, down]) => {
      const [x, y] = [left + width * across, top + height * down];
      if (x < 0 || y < 0 || x >= innerWidth || y >= innerHeight) return "out of the window";
      const hit = document.elementFromPoint(x, y);
      const bar = hit && hit !== thing && !thing.contains(hit) ? bars(hit, thing) : null;
      return bar ? "under " + bar.localName + "." + bar.className : null;
    });
    const worst = covers.filter(Boolean);
    // What is higher than half the window cannot always be seen whole; in a box for many lines the line that is typed in is what browsers show.
    if (worst.length === 0 || ((height > innerHeight / 2 || thing.localName === "textarea") && worst.length < covers.length)) return;
    const name = (thing.getAttribute("aria-label") ?? thing.labels?.[0]?.textContent ?? thing.textContent ?? "").trim().slice(0, 40);
    const all = JSON.parse(document.documentElement.dataset.unseen ?? "[]");
    document.documentElement.dataset.unseen = JSON.stringify([...all, name + " <" + thing.localName + "> is " + worst[0] + (worst.length === covers.length ? " wholly" : " in part")]);
  };
  if (document.documentElement.dataset.unseen === undefined) document.addEventListener("keyup", look, true);
  Object.assign(document.documentElement.dataset, { unseen: "[]", looked: "0" });
})()`;

/** What was noted, and how often was looked. */
export const UNSEEN = `({ unseen: [...new Set(JSON.parse(document.documentElement.dataset.unseen))], looked: Number(document.documentElement.dataset.looked) })`;
