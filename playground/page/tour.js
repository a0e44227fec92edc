// Five steps for a newcomer, each beside the thing it speaks of.

import { byId, h, memory } from "./dom.js";

const STEPS = [
  ["people", "You are four people", "Nobody else is here. Choose whether you are ana, ben or chloe, who learn, or mod, who looks after them. Each sees only what is theirs."],
  ["channels", "Channels and threads", "Lessons are posted in #lessons, quizzes open in threads of your own, and #lab is for trying streams. A dot means something new."],
  ["composer", "Start with /lesson next", "Type / to see every command with its options. Suggestions come as you type: arrow keys choose, Tab or Enter takes one."],
  ["clock", "Time is yours", "Lessons come on weekdays at nine. Rather than wait, press “Next lesson”: the clock runs there, and everything due happens on the way."],
  ["open-faults", "Break it", "Let Discord fail, hang up or lose an answer, and watch the bot keep its promises. Enjoy!"],
];

let close = null;

/** Shows the tour unless it was seen before. */
export function firstTour(prepare) {
  if (memory.get("tour") === null) startTour(prepare);
}

/** `prepare(id)` makes the thing visible, such as a list that is folded away on a phone. */
export function startTour(prepare) {
  close?.();
  const before = document.activeElement;
  const ring = h("div", { class: "tour-ring", "aria-hidden": "true" });
  const card = h("div", { class: "tour-card", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-words", tabindex: "-1" });
  let at = 0;

  close = () => {
    memory.set("tour", "seen");
    ring.remove();
    card.remove();
    removeEventListener("resize", place);
    document.removeEventListener("keydown", onKey, true);
    prepare(null);
    close = null;
    (before?.isConnected && before !== document.body ? before : byId("line")).focus();
  };

  const onKey = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  };

  function place() {
    const box = byId(STEPS[at][0]).getBoundingClientRect();
    const pad = 6;
    const left = Math.max(4, box.left - pad);
    const top = Math.max(4, box.top - pad);
    Object.assign(ring.style, { left: `${left}px`, top: `${top}px`, width: `${Math.min(box.width + 2 * pad, innerWidth - left - 4)}px`, height: `${Math.min(box.height + 2 * pad, innerHeight - top - 4)}px` });
    const [width, height] = [card.offsetWidth, card.offsetHeight];
    const beside = box.right + width + 28 < innerWidth && box.height > 160;
    const spots = beside
      ? [box.right + 20, box.top]
      : [box.left + box.width / 2 - width / 2, free(box, height)];
    card.style.left = `${Math.max(12, Math.min(spots[0], innerWidth - width - 12))}px`;
    card.style.top = `${Math.max(12, Math.min(spots[1], innerHeight - height - 12))}px`;
  }

  /** Below the thing, above it, or within its foot where it leaves no room. */
  function free(box, height) {
    if (box.bottom + height + 28 < innerHeight) return box.bottom + 16;
    return box.top > height + 30 ? box.top - height - 18 : box.bottom - height - 16;
  }

  function show() {
    const [target, title, words] = STEPS[at];
    prepare(target);
    const last = at === STEPS.length - 1;
    const step = (by) => () => { at += by; show(); };
    card.replaceChildren(
      h("h2", { id: "tour-title" }, title),
      h("p", { id: "tour-words" }, words),
      h("div", { class: "tour-foot" },
        h("span", { class: "tour-count" }, `${at + 1} of ${STEPS.length}`),
        h("button", { class: "quiet", type: "button", on: { click: close } }, last ? "Close" : "Skip"),
        at > 0 ? h("button", { class: "press secondary", type: "button", on: { click: step(-1) } }, "Back") : null,
        last ? h("button", { class: "press primary", type: "button", on: { click: close } }, "Begin") : h("button", { class: "press primary", type: "button", on: { click: step(1) } }, "Next")));
    // After the list on a phone has slid in.
    requestAnimationFrame(() => requestAnimationFrame(place));
    card.querySelector(".press.primary").focus();
  }

  document.body.append(ring, card);
  addEventListener("resize", place);
  document.addEventListener("keydown", onKey, true);
  show();
}
