// The panel that breaks things on purpose: Discord answering with errors, its gateway hanging up.

import { h } from "./dom.js";
import { dialog, toast } from "./overlay.js";
import { setFault } from "./world.js";

const STATUSES = [
  [500, "500 · Discord fails"],
  [503, "503 · Discord is unavailable"],
  [429, "429 · too many requests"],
  [404, "404 · not found"],
  [403, "403 · missing permission"],
  [400, "400 · bad request"],
];

const GATEWAY = [
  ["disconnect", "Hang up", "The bot should resume and miss nothing."],
  ["reconnect", "Ask it to reconnect", "A polite hang-up, as when Discord updates."],
  ["invalid_session", "Forget its session", "The bot has to identify anew."],
  ["hang", "Go silent", "The line stays open and nothing comes; the bot has to notice by itself."],
];

export function openFaults() {
  const status = h("select", { id: "fault-status" }, STATUSES.map(([value, words]) => h("option", { value }, words)));
  const rate = range("fault-rate", 0, 100, 5, 30, (value) => `${value} of 100 requests`);
  const delay = range("fault-delay", 0, 5000, 100, 0, (value) => (value ? `${value} ms before the work` : "no delay"));
  const lasting = range("fault-for", 5, 120, 5, 20, (value) => `for ${value} seconds`);
  const rest = () => ({ rest: { status: Number(status.value), rate: rate.value() / 100, delay_ms: delay.value(), for: lasting.value() } });
  dialog("Break things on purpose", "faults",
    h("p", { class: "lead" }, "Discord is not always well. Switch a fault on, use the bot, and see that nothing is lost and nothing is posted twice."),
    h("fieldset", {}, h("legend", {}, "Requests to Discord fail"),
      h("div", { class: "field" }, h("label", { for: "fault-status" }, "Answer"), status),
      rate.node, delay.node, lasting.node,
      h("button", { class: "press danger", type: "button", on: { click: () => put(rest(), "Requests now fail as you asked.") } }, "Start failing")),
    h("fieldset", {}, h("legend", {}, "The gateway"),
      h("div", { class: "fault-buttons" }, GATEWAY.map(([value, label, detail]) =>
        h("button", { class: "press secondary", type: "button", title: detail, on: { click: () => put({ gateway: value }, detail) } }, label)))),
    h("fieldset", {}, h("legend", {}, "A lost answer"),
      h("p", {}, "The next message is posted, but the bot never hears of it. It must not post it again."),
      h("button", { class: "press secondary", type: "button", on: { click: () => put({ drop_after_commit: true }, "The next answer will be lost.") } }, "Lose the next answer")),
    h("button", { class: "press success wide", type: "button", on: { click: () => put({}, "All is well again.") } }, "Make everything well again"));
}

async function put(body, words) {
  try {
    await setFault(body);
    toast(words);
  } catch (error) {
    toast(error.message);
  }
}

function range(id, min, max, step, value, words) {
  const input = h("input", { id, type: "range", min, max, step, value });
  const output = h("output", { for: id }, words(value));
  // The value property is clamped before min and max are set; say it again.
  input.value = value;
  input.addEventListener("input", () => { output.textContent = words(Number(input.value)); });
  const label = { "fault-rate": "How often", "fault-delay": "How slow", "fault-for": "How long" }[id];
  return { node: h("div", { class: "field range" }, h("label", { for: id }, label), input, output), value: () => Number(input.value) };
}
