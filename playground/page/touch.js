// What people put on a message: reactions under it, and votes in its poll. What a touch does is told to
// `hooks`; the server decides what comes of it.

import { fill, h, icon } from "./dom.js";
import { inWords } from "./time.js";
import { view } from "./world.js";

/** Set by app.js. */
export const hooks = { touch: async () => {} };

// ── Reactions ──────────────────────────────────────────────────────────────────────────────────

const PALETTE = [
  ["👍", "thumbs up"], ["❤️", "heart"], ["😂", "laughing"], ["🎉", "party"], ["🤔", "thinking"], ["👀", "eyes"],
  ["✅", "done"], ["🙏", "thanks"], ["🔥", "fire"], ["👏", "applause"], ["😮", "surprise"], ["❓", "question"],
];

/** "ana", "ana and ben", "ana, ben and 3 more". */
function among(names) {
  const told = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
  return told.length < 2 ? told.join("") : `${told.slice(0, -1).join(", ")} and ${told.at(-1)}`;
}

/** The reactions under a message, each a switch of one's own; nothing where there are none. */
export function reactions(message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, message.reactions.map((reaction) => {
    const emoji = reaction.emoji.name;
    const mine = reaction.users?.includes(view.as) ?? false;
    const who = among(reaction.users ?? []);
    return h("button", {
      class: "reaction", type: "button", "aria-pressed": String(mine), "aria-label": `${emoji}, ${reaction.count}: ${who}`, title: who,
      data: { key: `reaction:${emoji}` }, on: { click: () => hooks.touch(message, mine ? { unreact: emoji } : { react: emoji }) },
    }, h("span", { class: "emoji" }, emoji), h("span", { class: "reaction-count" }, reaction.count));
  }), addReaction(message));
}

/** The button that opens the palette. */
export function addReaction(message) {
  const open = h("button", { class: "quiet icon-only react", type: "button", "aria-label": "Add a reaction", title: "Add a reaction", "aria-haspopup": "dialog", "aria-expanded": "false" }, icon("smile"));
  open.addEventListener("click", () => palette(message, open));
  return open;
}

function palette(message, opener) {
  const node = h("div", { class: "palette", role: "dialog", "aria-label": "Choose a reaction" });
  const close = (refocus) => {
    node.hidePopover();
    if (refocus && opener.isConnected) opener.focus();
  };
  const choose = (emoji) => {
    close(true);
    hooks.touch(message, { react: emoji });
  };
  fill(node, PALETTE.map(([emoji, words]) => h("button", { class: "palette-emoji", type: "button", "aria-label": words, title: words, on: { click: () => choose(emoji) } }, emoji)));
  // The browser closes a popover at Esc and at a press elsewhere, and lays it over everything.
  node.popover = "auto";
  node.addEventListener("toggle", (event) => {
    opener.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState === "closed") node.remove();
  });
  node.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 6, ArrowUp: -6 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...node.children];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  document.body.append(node);
  node.showPopover();
  const at = opener.getBoundingClientRect();
  node.style.left = `${Math.max(8, Math.min(at.left, innerWidth - node.offsetWidth - 8))}px`;
  node.style.top = `${at.top - node.offsetHeight - 6 > 8 ? at.top - node.offsetHeight - 6 : at.bottom + 6}px`;
  node.firstChild.focus();
}

// ── Polls ──────────────────────────────────────────────────────────────────────────────────────

/** Answers chosen and not yet sent, by message: others' votes must not take them out of one's hand. */
const begun = new Map();

/** A message's poll: answers to choose from, then how everybody chose. */
export function poll(message) {
  const asked = message.poll;
  if (!asked) return null;
  const counts = new Map(asked.results.answer_counts.map((one) => [one.id, one]));
  const all = [...counts.values()].reduce((sum, one) => sum + one.count, 0);
  const mine = asked.answers.filter((answer) => counts.get(answer.answer_id)?.voters?.includes(view.as)).map((answer) => String(answer.answer_id));
  const over = asked.results.is_finalized;
  const shown = over || mine.length > 0;
  const place = `${view.as}:${message.id}`;
  const chosen = begun.get(place) ?? new Set();
  const rows = asked.answers.map((answer) => answerRow(answer, counts.get(answer.answer_id), { all, shown, mine, several: asked.allow_multiselect }));
  const vote = h("button", { class: "press primary", type: "button", disabled: chosen.size === 0, data: { key: "vote" } }, "Vote");
  vote.addEventListener("click", () => {
    begun.delete(place);
    hooks.touch(message, { vote: [...chosen] });
  });
  for (const row of shown ? [] : rows) {
    row.setAttribute("aria-checked", String(chosen.has(row.dataset.answer)));
    row.addEventListener("click", () => {
      const id = row.dataset.answer;
      if (chosen.has(id)) chosen.delete(id);
      else {
        if (!asked.allow_multiselect) chosen.clear();
        chosen.add(id);
      }
      for (const other of rows) other.setAttribute("aria-checked", String(chosen.has(other.dataset.answer)));
      begun.set(place, chosen);
      vote.disabled = chosen.size === 0;
    });
  }
  const title = asked.question.text;
  return h("section", { class: "poll", "aria-label": `Poll: ${title}` },
    h("h2", { class: "poll-title" }, title),
    h("p", { class: "poll-hint" }, over ? "This poll is over." : asked.allow_multiselect ? "Choose one or more answers" : "Choose one answer"),
    h("div", { class: "poll-answers", role: shown ? "list" : asked.allow_multiselect ? "group" : "radiogroup", "aria-label": title }, rows),
    h("footer", { class: "poll-foot" },
      h("span", {}, `${all} ${all === 1 ? "vote" : "votes"} · ${over ? "ended" : `open until ${inWords(Date.parse(asked.expiry))}`}`),
      over ? null : shown
        ? h("button", { class: "press secondary", type: "button", data: { key: "vote" }, on: { click: () => hooks.touch(message, { vote: [] }) } }, "Take my vote back")
        : vote));
}

function answerRow(answer, tally, { all, shown, mine, several }) {
  const id = String(answer.answer_id);
  const share = all ? Math.round((100 * (tally?.count ?? 0)) / all) : 0;
  const words = [
    answer.poll_media.emoji?.name ? h("span", { class: "emoji", "aria-hidden": "true" }, answer.poll_media.emoji.name) : null,
    h("span", { class: "poll-text" }, answer.poll_media.text ?? ""),
  ];
  if (!shown) return h("button", { class: "poll-answer", type: "button", role: several ? "checkbox" : "radio", "aria-checked": "false", data: { answer: id, key: `answer:${id}` } }, words, h("span", { class: "tick", "aria-hidden": "true" }, icon("check")));
  const row = h("div", { class: `poll-answer told${mine.includes(id) ? " mine" : ""}`, role: "listitem", title: among(tally?.voters ?? []) },
    words, mine.includes(id) ? h("span", { class: "sr" }, "your vote") : null,
    h("span", { class: "poll-count" }, `${tally?.count ?? 0} · `, h("strong", {}, `${share} %`)));
  // A style property, not a style attribute: a strict content policy allows it.
  row.style.setProperty("--share", `${share}%`);
  return row;
}
