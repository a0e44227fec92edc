// The playground's clock: what time it is there, and the buttons that let it run ahead.

import { byId, fill, h, icon } from "./dom.js";
import { menu, toast } from "./overlay.js";
import { dayInShort, dayInWords, inWords, nextLesson, timeOfDay } from "./time.js";
import { channelById, chooseChannel, load, moveClock, now, view, world } from "./world.js";

const words = h("span", { class: "clock-words" });
const hour = h("span", { class: "clock-hour" });
const next = h("button", { class: "press primary", type: "button", title: "Let the clock run to when the next lesson is due" }, "Next lesson");
const more = h("button", { class: "press secondary icon-only", type: "button", "aria-label": "Move the clock", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("down"));

const small = matchMedia("(max-width: 480px)");

const STEPS = [
  ["An hour on", "1h"],
  ["A day on", "24h"],
  ["Three days on", "72h"],
  ["A week on", "168h"],
];

export function startClock() {
  fill(byId("clock"), h("time", { class: "clock-face", title: "Time in the playground, in Berlin" }, icon("clock"), words, hour), h("span", { class: "clock-buttons" }, next, more));
  next.addEventListener("click", () => move({ set: new Date(due()).toISOString() }));
  more.addEventListener("click", () => menu(more, "Move the clock", [
    { title: "Time runs on, and everything due happens on the way" },
    { label: "To the next lesson", detail: inWords(due()), run: () => move({ set: new Date(due()).toISOString() }) },
    ...STEPS.map(([label, advance]) => ({ label, run: () => move({ advance }) })),
    { label: "Back to the real time", run: () => move({ set: new Date().toISOString() }) },
  ]));
  drawClock();
  setInterval(drawClock, 1000);
}

/** When something is due: the bot's own plan where the server tells it, else the next weekday at nine. */
function due() {
  const told = Date.parse(world.next_due ?? "");
  return Number.isFinite(told) && told > now() ? told : nextLesson(now());
}

export function drawClock() {
  if (!world.clock) return;
  words.textContent = `${small.matches ? dayInShort(now()) : dayInWords(now())}, `;
  hour.textContent = timeOfDay(now());
}

async function move(body) {
  for (const button of [next, more]) button.disabled = true;
  next.setAttribute("aria-busy", "true");
  try {
    const answer = await moveClock(body);
    await load();
    report(answer.posted ?? []);
  } catch (error) {
    toast(error.message);
  }
  for (const button of [next, more]) button.disabled = false;
  next.removeAttribute("aria-busy");
}

function report(posted) {
  const place = posted.map((message) => channelById(message.channel_id)).find((channel) => channel?.kind === "text");
  const when = inWords(now());
  if (!place) {
    toast(`It is ${when}. ${posted.length ? "Something new was posted." : "Nothing was due on the way."}`);
    return;
  }
  const count = posted.length === 1 ? "One new message" : `${posted.length} new messages`;
  const away = place.id !== view.channel;
  toast(`It is ${when}. ${count}, the first in #${place.name}.`, away ? { label: "Read", run: () => chooseChannel(place.id) } : null);
}
