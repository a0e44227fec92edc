// The authors' panel: a module as members will see it, its questions with their keys, and what the linter says. Where the
// server reads a working tree, what an author saves shows here within a second.

import { fill, h } from "./dom.js";
import { messageNode } from "./message.js";
import { dialog } from "./overlay.js";
import { world } from "./world.js";

const LOOK_EVERY = 1000;

/** The module looked at last, so that the panel opens where one left off. */
let chosen = null;
let tab = "lesson";

export async function openAuthors() {
  const about = h("p", { class: "lead", role: "status" }, "Reading the content…");
  const choice = h("select", { id: "author-module" });
  const tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "What to look at" });
  const panel = h("div", { class: "author-panel", role: "tabpanel", id: "author-panel", tabindex: "0" });
  const node = dialog("For authors", "authors", about,
    h("div", { class: "field" }, h("label", { for: "author-module" }, "Module"), choice), tabs, panel);
  fill(panel, h("p", {}, "Reading the content…"));
  let list = null;
  let module = null;

  const show = () => {
    const errors = list.findings.filter((finding) => finding.error).length;
    const names = {
      lesson: `Lesson${module ? ` · ${module.lesson.length}` : ""}`,
      quiz: `Quiz${module ? ` · ${module.questions.length}` : ""}`,
      findings: `Findings · ${list.findings.length}`,
    };
    fill(tabs, Object.entries(names).map(([id, words]) => h("button", {
      class: `tab${id === "findings" && errors ? " bad" : ""}`, type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === tab),
      "aria-controls": "author-panel", tabindex: id === tab ? "0" : "-1", on: { click: () => pick(id) },
    }, words)));
    panel.setAttribute("aria-labelledby", `tab-${tab}`);
    fill(panel, { lesson: () => lesson(module), quiz: () => quiz(module), findings: () => findings(list) }[tab]());
  };

  const pick = (id) => {
    tab = id;
    show();
    panel.scrollTop = 0;
    document.getElementById(`tab-${id}`)?.focus();
  };

  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const order = ["lesson", "quiz", "findings"];
    pick(order[(order.indexOf(tab) + step + order.length) % order.length]);
  });

  const load = async () => {
    list = await get("/authors/modules");
    if (!node.isConnected) return;
    about.textContent = list.live
      ? "Read from the files of your working tree: save one, and it shows here."
      : "The content built into this program. Start it in the project’s folder to see your own changes as you save them.";
    const ids = list.modules.map((one) => one.id);
    if (!ids.includes(chosen)) chosen = ids[0] ?? null;
    fill(choice, list.modules.map((one) => h("option", { value: one.id, selected: one.id === chosen }, `${one.id} · ${one.title}${one.draft ? " (draft)" : ""}`)));
    choice.value = chosen ?? "";
    module = chosen ? await get(`/authors/module/${encodeURIComponent(chosen)}`) : null;
    if (!list.readable) tab = "findings";
    const top = panel.scrollTop;
    show();
    panel.scrollTop = top;
  };

  const trouble = (error) => { about.textContent = `The preview could not be read: ${error.message}`; };
  choice.addEventListener("change", () => {
    chosen = choice.value;
    panel.scrollTop = 0;
    load().catch(trouble);
  });
  const watch = setInterval(async () => {
    try {
      const { version } = await get("/authors/version");
      if (list && version !== list.version) await load();
    } catch (error) {
      trouble(error);
    }
  }, LOOK_EVERY);
  node.addEventListener("close", () => clearInterval(watch));
  await load().catch(trouble);
  choice.focus();
}

async function get(path) {
  const answer = await fetch(path);
  if (answer.status === 404) throw new Error("the program behind this page has no content to show.");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}.`);
  return answer.json();
}

/** A message as it will look. It can be looked at, not pressed: there is nobody to answer. */
function preview(part) {
  const bot = { id: world.bot?.id ?? "0", username: "Tributary", bot: true };
  const drawn = messageNode({ id: "0", type: 0, attachments: [], flags: 0, author: bot, timestamp: world.clock ?? new Date().toISOString(), ...part.message }, false);
  drawn.inert = true;
  return drawn;
}

function lesson(module) {
  if (!module) return h("p", {}, "No module can be read. The findings say why.");
  if (module.draft) return [h("p", {}, "This module is a draft: members never get it. What is planned:"), h("ul", { class: "plain" }, module.goals.map((goal) => h("li", {}, goal)))];
  return module.lesson.map((part) => h("section", { class: "shown", "aria-label": part.label }, h("h3", {}, part.label), preview(part)));
}

function quiz(module) {
  if (!module?.questions.length) return h("p", {}, "It has no questions yet.");
  return module.questions.map((part) => h("section", { class: "shown", "aria-label": part.label }, h("h3", {}, part.label), preview(part),
    h("details", { class: "key" }, h("summary", {}, "The key"), h("pre", { tabindex: "0" }, part.key.replace(/^ {3}/gm, "").trimEnd()))));
}

function findings(list) {
  if (list.trouble) return h("p", {}, list.trouble);
  if (!list.findings.length) return h("p", {}, "Nothing to complain about.");
  return h("ul", { class: "findings" }, list.findings.map((finding) => h("li", { class: finding.error ? "bad" : "" },
    h("p", {}, h("strong", {}, finding.error ? "Error" : "Advice"), ` · ${finding.message}`),
    h("code", {}, `${finding.file}:${finding.line}:${finding.column}`),
    finding.text ? h("pre", {}, finding.text.trim().slice(0, 300)) : null,
    finding.help ? h("p", { class: "field-help" }, finding.help) : null)));
}
