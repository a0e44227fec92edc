// The box one types in: plain words are said, a line that begins with `/` is a command. Shows what could
// come next, as Discord does; the server reads the line and has the last word.

import { byId, fill, h, icon } from "./dom.js";
import { inline } from "./markdown.js";
import { commandOf, fits, flatten, locate, optionsIn, written } from "./slash.js";
import { act, currentChannel, everyone, isModerator, needsModerator, shownChannels, typedCommands, view, world } from "./world.js";

const [BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT] = [5, 6, 7, 8, 9, 11];
const MOST = 60;

const line = byId("line");
const box = byId("completions");
const signature = byId("signature");
const complaint = byId("complaint");
const send = byId("send");

let suggestions = [];
let active = -1;
let asked = 0;
let askTimer = null;
let shownFor = null;
let dismissed = false;
let busy = false;
const files = {};
const said = [];
let recall = -1;

/** Wires the composer; `onAnswer` gets what the server said to a line. */
export function startComposer(onAnswer) {
  send.append(icon("send"));
  line.addEventListener("input", () => {
    dismissed = false;
    recall = -1;
    complain(null);
    refresh();
  });
  line.addEventListener("keydown", onKey);
  line.addEventListener("click", refresh);
  line.addEventListener("focus", refresh);
  line.addEventListener("blur", () => setTimeout(() => {
    if (!byId("composer").contains(document.activeElement)) hide();
  }, 120));
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit(onAnswer);
  });
  byId("file").addEventListener("change", takeFile);
  refresh();
}

/** Puts text into the box, ready to go on typing. */
export function write(text) {
  line.value = text;
  line.focus();
  line.setSelectionRange(text.length, text.length);
  dismissed = false;
  complain(null);
  refresh();
}

export function complain(text) {
  complaint.hidden = !text;
  fill(complaint, text ? h("span", {}, inline(text)) : null);
}

// On a phone the place stands just above, and there is no room to say it twice.
const small = matchMedia("(max-width: 480px)");

/** The placeholder names where one is. */
export function describePlace() {
  const channel = currentChannel();
  const place = channel ? `${channel.kind === "text" ? "#" : ""}${channel.name}` : "…";
  // One talks in a forum's posts, not in the forum.
  const forum = channel?.kind === "forum";
  line.disabled = forum;
  send.disabled = forum;
  line.placeholder = forum ? "Choose a post to write in it" : `Write ${small.matches ? "" : `in ${place} `}as ${view.as}, or type /`;
}

async function submit(onAnswer) {
  const text = line.value.trim();
  if (!text || busy || !view.channel) return;
  busy = true;
  send.setAttribute("aria-busy", "true");
  hide();
  complain(null);
  said.unshift(text);
  line.value = "";
  grow();
  drawSignature();
  const isSlash = text.startsWith("/");
  const body = isSlash ? { channel: view.channel, slash: text, ...filesFor(text) } : { channel: view.channel, say: text };
  const answer = await act(body);
  busy = false;
  send.removeAttribute("aria-busy");
  if (!answer.ok) {
    // Gives the line back to be mended, unless something new was begun meanwhile.
    if (line.value === "") line.value = text;
    dismissed = true;
    complain(answer.error ?? "That did not work.");
    grow();
  }
  drawSignature();
  onAnswer(answer);
}

function onKey(event) {
  const open = !box.hidden && suggestions.length > 0;
  if (event.isComposing) return;
  if (event.key === "Escape") {
    if (open) event.stopPropagation();
    dismissed = true;
    hide();
    complain(null);
  } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    activate(active < 0 ? (step > 0 ? 0 : suggestions.length - 1) : (active + step + suggestions.length) % suggestions.length);
  } else if (open && event.key === "Tab" && !event.shiftKey) {
    event.preventDefault();
    pick(Math.max(active, 0));
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (open && active >= 0) pick(active);
    else byId("composer").requestSubmit();
  } else if (event.key === "ArrowUp" && (line.value === "" || recall >= 0) && said[recall + 1]) {
    event.preventDefault();
    recall += 1;
    line.value = said[recall];
    dismissed = true;
    hide();
    drawSignature();
  }
}

function grow() {
  line.style.height = "auto";
  line.style.height = `${Math.min(line.scrollHeight, 180)}px`;
}

// ── Suggestions ────────────────────────────────────────────────────────────────────────────────

/** Looks again at the line: what is being typed, and what fits. */
export function refresh() {
  grow();
  drawSignature();
  clearTimeout(askTimer);
  if (dismissed || document.activeElement !== line) return hide();
  const flat = flatten(typedCommands());
  const typed = line.value.slice(0, line.selectionStart ?? line.value.length);
  const place = locate(typed, flat);
  if (place.stage === "command") showCommands(flat, typed, place.query);
  else if (place.stage === "option") showOptions(place);
  else if (place.stage === "value") showValues(place, typed);
  else showNames(typed);
}

function showCommands(flat, typed, query) {
  // Written in full and in need of nothing more: Enter sends it.
  const ready = flat.some(({ path, options }) => path === typed && !options.some((option) => option.required));
  show(commandSuggestions(flat, query), !ready);
}

/** In plain words, `@` and `#` offer whom and where to mention; the server makes mentions of them. */
function showNames(typed) {
  const begun = /(?:^|\s)([@#])([^\s@#]*)$/.exec(typed);
  if (!begun) return hide();
  const [, mark, query] = begun;
  const names = mark === "@" ? everyone().map((user) => user.name) : shownChannels().map((channel) => channel.name);
  const from = typed.length - query.length - 1;
  const found = names.filter((name) => fits(name, query) > 0).map((name) => ({ label: `${mark}${name}`, text: `${mark}${name} `, from }));
  show(found, true);
}

function commandSuggestions(flat, query) {
  const allowed = (entry) => (needsModerator(entry.command) && !isModerator() ? 0 : 1);
  return flat
    .map((entry) => ({ entry, score: fits(entry.path.slice(1), query) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => allowed(b.entry) - allowed(a.entry) || b.score - a.score)
    .map(({ entry }) => ({
      label: entry.path,
      detail: entry.description,
      note: allowed(entry) ? entry.options.map((option) => option.name).join(" ") : "for moderators",
      text: `${entry.path} `,
      from: 0,
    }));
}

const optionEntry = (option, from) => ({ label: option.name, detail: option.description, note: option.required ? "needed" : "may be left out", text: `${option.name}:`, from });

function showOptions(place) {
  const typed = line.value.slice(0, line.selectionStart);
  const from = typed.length - place.query.length;
  const found = place.command.options
    .filter((option) => !place.given.includes(option.name) && fits(option.name, place.query) > 0)
    .map((option) => optionEntry(option, from));
  // Enter sends once nothing more is needed; until then it takes the first option.
  const needed = place.command.options.some((option) => option.required && !place.given.includes(option.name));
  show(found, needed || place.query !== "");
}

function showValues(place, typed) {
  const { spec, query, command } = place;
  const entry = (label, value, detail) => ({ label, detail, text: `${written(value, command)} `, from: place.valueStart, value });
  const matching = (all) => all.filter(({ label, value }) => fits(label, query) > 0 || fits(String(value ?? ""), query) > 0);
  if (spec.choices?.length) return offer(matching(spec.choices.map((choice) => entry(choice.name, choice.name))), place);
  if (spec.type === BOOLEAN) return offer(matching([entry("true", "true"), entry("false", "false")]), place);
  const people = () => world.users.filter((user) => !user.bot).map((user) => entry(`@${user.name}`, `@${user.name}`));
  const roles = () => world.roles.map((role) => entry(`@${role.name}`, `@${role.name}`));
  if (spec.type === USER) return offer(matching(people()), place);
  if (spec.type === ROLE) return offer(matching(roles()), place);
  if (spec.type === MENTIONABLE) return offer(matching([...people(), ...roles()]), place);
  if (spec.type === CHANNEL) return offer(matching(channelEntries(spec, entry)), place);
  if (spec.type === ATTACHMENT) return offer([{ label: "Choose a file…", detail: "from this computer", file: place.valueStart }], place);
  if (!spec.autocomplete) return whatElse(place);
  // The last answer stays in sight until the next one, but only while it is about the same option.
  if (shownFor !== spec) hide();
  askTimer = setTimeout(() => askBot(typed, place, entry), 110);
}

function channelEntries(spec, entry) {
  const fitting = (channel) => !spec.channel_types?.length || spec.channel_types.includes(channel.type);
  return shownChannels().filter(fitting).map((channel) => entry(`#${channel.name}`, `#${channel.name}`));
}

async function askBot(typed, place, entry) {
  asked += 1;
  const question = asked;
  const answer = await act({ channel: view.channel, autocomplete: typed });
  if (question !== asked || dismissed || document.activeElement !== line) return;
  if (line.value.slice(0, line.selectionStart) !== typed) return;
  const found = (answer.choices ?? []).map((choice) => {
    const value = String(choice.value);
    return entry(choice.name, value, choice.name === value ? null : value);
  });
  if (found.length) offer(found, place);
  else whatElse(place);
}

/** Offers values; one that is already written in full needs no offer. */
function offer(found, place) {
  const exact = found.some((one) => place.query !== "" && (String(one.value) === place.query || one.label === place.query));
  if (exact) return whatElse(place);
  if (found.length === 0) return hide();
  show(found, true);
  shownFor = place.spec;
}

/** After a value and a space, the options not yet given; Enter sends once none of them is needed. */
function whatElse(place) {
  if (!place.open) return hide();
  const from = line.value.slice(0, line.selectionStart).length;
  const rest = place.command.options.filter((option) => !place.given.includes(option.name));
  show(rest.map((option) => optionEntry(option, from)), rest.some((option) => option.required));
}

function show(found, preselect) {
  shownFor = null;
  suggestions = found.slice(0, MOST);
  if (suggestions.length === 0) return hide();
  fill(box, suggestions.map((one, at) => {
    const row = h("div", { class: "suggestion", id: `suggestion-${at}`, role: "option", "aria-selected": "false" },
      h("span", { class: "suggestion-label" }, one.label),
      h("span", { class: "suggestion-detail" }, one.detail ?? ""),
      one.note ? h("span", { class: "suggestion-note" }, one.note) : null);
    // Pressing must not take the focus from the line.
    row.addEventListener("pointerdown", (event) => event.preventDefault());
    row.addEventListener("click", () => pick(at));
    return row;
  }));
  box.hidden = false;
  activate(preselect ? 0 : -1);
}

function hide() {
  clearTimeout(askTimer);
  asked += 1;
  suggestions = [];
  shownFor = null;
  active = -1;
  box.hidden = true;
  line.removeAttribute("aria-activedescendant");
}

function activate(at) {
  active = at;
  [...box.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
  if (at < 0) {
    line.removeAttribute("aria-activedescendant");
  } else {
    line.setAttribute("aria-activedescendant", `suggestion-${at}`);
    box.children[at].scrollIntoView({ block: "nearest" });
  }
}

function pick(at) {
  const one = suggestions[at];
  if (!one) return;
  if (one.file !== undefined) {
    byId("file").dataset.from = one.file;
    byId("file").click();
    return;
  }
  put(one.from, one.text);
}

function put(from, text) {
  const after = line.value.slice(line.selectionStart);
  line.value = line.value.slice(0, from) + text + after.trimStart();
  line.focus();
  line.setSelectionRange(from + text.length, from + text.length);
  refresh();
}

// ── The line above: what the command takes ─────────────────────────────────────────────────────

function drawSignature() {
  const flat = flatten(typedCommands());
  const command = line.value.startsWith("/") ? commandOf(line.value, flat) : null;
  signature.hidden = !command;
  if (!command) return;
  const { options } = optionsIn(line.value, command);
  const caret = line.selectionStart ?? line.value.length;
  const current = [...options].reverse().find((option) => option.start <= caret)?.spec;
  const given = new Set(options.map((option) => option.spec.name));
  fill(signature,
    h("code", { class: "signature-path" }, command.path),
    command.options.map((option) => {
      const state = ["part", option.required && "needed", given.has(option.name) && "given", option === current && "current"];
      return h("span", { class: state.filter(Boolean).join(" ") }, option.name, option.required && !given.has(option.name) ? h("span", { "aria-label": " (needed)" }, "*") : null);
    }),
    h("span", { class: "signature-words" }, (current ?? command).description));
}

// ── Files ──────────────────────────────────────────────────────────────────────────────────────

async function takeFile(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  files[file.name] = btoa(binary);
  put(Number(event.target.dataset.from), `${file.name} `);
}

function filesFor(text) {
  const used = Object.entries(files).filter(([name]) => text.includes(name));
  return used.length ? { files: Object.fromEntries(used) } : {};
}
