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
