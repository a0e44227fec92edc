// The top of the page: wires the parts together, draws the channel list, the people and the room, and
// turns presses into acts. How a message looks is in message.js, how one types in composer.js.

import { drawClock, startClock } from "./clock.js";
import { openAuthors } from "./authors.js";
import { complain, describePlace, refresh, startComposer, write } from "./composer.js";
import { byId, fill, h, icon, memory, roving } from "./dom.js";
import { openFaults } from "./faults.js";
import { beginning, drawMembers, drawPins, eventsRow, posts, startGuild } from "./guild.js";
import { hooks as markdownHooks, inline, refreshTimes } from "./markdown.js";
import { avatar, continues, hooks, messageNode } from "./message.js";
import { clearToasts, confirm, enlarge, form, menu, toast } from "./overlay.js";
import { dayInWords, dayKey } from "./time.js";
import { hooks as touchHooks } from "./touch.js";
import { firstTour, startTour } from "./tour.js";
import {
  act, byAge, channelById, chooseChannel, choosePerson, currentChannel, follow, isModerator, isThread, isUnread, load, markRead, now,
  menuCommands, needsModerator, onChange, reset, shownChannels, shownMessages, typedCommands, userById, view, world,
} from "./world.js";

// ── Acts and what comes of them ────────────────────────────────────────────────────────────────

/** After any act: a form to fill in, a reason why not, or news in another channel. */
function answered(answer, says = toast) {
  if (answer.modal) {
    form(answer.modal, async (fields) => {
      const outcome = await act({ modal: answer.modal.id, fields });
      if (outcome.ok) answered(outcome);
      return outcome;
    });
    return;
  }
  if (!answer.ok) {
    says(answer.error ?? "That did not work.");
    return;
  }
  const elsewhere = (answer.messages ?? []).filter((message) => message.channel_id !== view.channel).at(-1);
  const place = elsewhere && channelById(elsewhere.channel_id);
  if (!place) return;
  toast(isThread(place) ? `It goes on in the thread **${place.name}**.` : `There is something new in **#${place.name}**.`, { label: "Go there", run: () => chooseChannel(place.id) });
}

hooks.press = async (message, part) => answered(await act({ message: message.id, click: part.custom_id }));
hooks.select = async (message, part, values) => answered(await act({ message: message.id, select: part.custom_id, values }));
hooks.enlarge = enlarge;
touchHooks.touch = async (message, what) => answered(await act({ message: message.id, ...what }));

const offered = (type) => menuCommands(type).filter((command) => !needsModerator(command) || isModerator());

hooks.menu = (message, anchor) => menu(anchor, "This message", [
  ...offered(3).map((command) => ({
    label: command.name,
    run: async () => answered(await act({ channel: message.channel_id, message: message.id, context: command.name })),
  })),
  { label: "Copy the text", run: () => copy(message.content || message.embeds?.[0]?.description || "") },
  { label: "Copy the message’s id", run: () => copy(message.id) },
]);

hooks.member = (author, anchor) => {
  const user = userById(author?.id) ?? { id: author?.id, name: author?.username };
  menu(anchor, user.name, [
    { title: author?.bot ? `${user.name}, the bot` : user.name },
    ...(author?.bot ? [] : offered(2)).map((command) => ({
      label: command.name,
      run: async () => answered(await act({ channel: view.channel, user: user.name, context: command.name })),
    })),
    ...(author?.bot || user.name === view.as ? [] : [{ label: `Be ${user.name}`, run: () => choosePerson(user.name) }]),
    { label: "Mention", run: () => write(`@${user.name} `) },
  ]);
};

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser did not allow copying.");
  }
}

markdownHooks.command = (text) => write(text);

// ── The list of channels, and the people ───────────────────────────────────────────────────────

function drawChannels() {
  const shown = shownChannels();
  const tops = shown.filter((channel) => channel.kind !== "dm" && channel.kind !== "category" && !isThread(channel));
  const direct = shown.filter((channel) => channel.kind === "dm");
  const threadsOf = (parent) => shown
    // An archived thread stays while one looks at it, or while it holds something new.
    .filter((thread) => isThread(thread) && thread.parent_id === parent.id && (!thread.archived || thread.id === view.channel))
    .sort((a, b) => byAge(a.id, b.id));
  const key = JSON.stringify([shown, view, world.events, shown.map((channel) => isUnread(channel.id))]);
  if (byId("channels").dataset.key === key) return;
  const focused = document.activeElement?.dataset?.channel;
  fill(byId("channels"),
    eventsRow(),
    h("ul", {}, tops.map((channel) => h("li", {}, row(channel, markOf(channel)), threads(threadsOf(channel))))),
    direct.length ? [h("h2", {}, "Direct messages"), h("ul", {}, direct.map((channel) => h("li", {}, row(channel, markOf(channel)))))] : null);
  byId("channels").dataset.key = key;
  if (focused) document.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
}

const MARKS = { forum: "forum", voice: "voice", dm: "at", public_thread: "thread", private_thread: "lock" };
const markOf = (channel) => MARKS[channel?.kind] ?? "hash";

function threads(all) {
  if (all.length === 0) return null;
  return h("ul", { class: "threads" }, all.map((thread) => h("li", {}, row(thread, markOf(thread)))));
}

function row(channel, mark) {
  const here = channel.id === view.channel;
  const unread = !here && isUnread(channel.id);
  return h("button", {
    class: `channel${unread ? " unread" : ""}`, type: "button", "aria-current": here ? "page" : null, data: { channel: channel.id },
    on: { click: () => { chooseChannel(channel.id); foldSide(); readyToType(); } },
  }, icon(mark), h("span", {}, channel.name || "direct message"), unread ? h("span", { class: "dot" }, h("span", { class: "sr" }, "new messages")) : null);
}

/** Not by touch: there, focus brings up the keyboard and hides what one came to read. */
function readyToType() {
  if (!matchMedia("(pointer: coarse)").matches) byId("line").focus({ preventScroll: true });
}

function drawPeople() {
  const people = world.users.filter((user) => !user.bot);
  const key = JSON.stringify([people, view.as]);
  if (byId("people").dataset.key === key) return;
  const hadFocus = byId("people").contains(document.activeElement);
  fill(byId("people"), people.map((user) => {
    const chosen = user.name === view.as;
    const radio = h("button", { class: "person", type: "button", role: "radio", title: "Right-click for more", "aria-checked": String(chosen), tabindex: chosen ? "0" : "-1", on: { click: () => choosePerson(user.name) } },
      avatar(user.name, false), h("span", {}, user.name));
    radio.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      hooks.member(user, radio);
    });
    return radio;
  }));
  byId("people").dataset.key = key;
  if (hadFocus) byId("people").querySelector("[aria-checked=true]")?.focus();
}

// ── The room ───────────────────────────────────────────────────────────────────────────────────

const ABOUT = {
  lessons: "Where the cohort’s lessons are posted",
  lab: "Streams, records and experiments",
  general: "Talk about anything",
  moderators: "For those who look after the cohort",
};

const INVITATIONS = {
  lessons: ["/lesson next", "/today", "/cohort join"],
  lab: ["/stream create name:orders shards:2", "/stream put name:orders key:user-1 data:hello", "/stream list"],
  general: ["/leaderboard", "/progress", "/help"],
  moderators: ["/moderate schedule", "/moderate review", "/moderate post"],
};

function drawBar() {
  const channel = currentChannel();
  const parent = channel && channelById(channel.parent_id);
  const kind = markOf(channel);
  const about = channel ? channel.topic || ABOUT[channel.name] || (parent ? `A thread in #${parent.name}` : "") : "";
  const key = `${channel?.name}|${kind}|${about}`;
  if (byId("channel-name").dataset.key === key) return;
  byId("channel-name").dataset.key = key;
  fill(byId("channel-name"), icon(kind), channel?.name ?? "Playground");
  byId("channel-about").textContent = about;
  byId("guild").textContent = world.guild?.name ?? "Demo";
  document.title = `${channel?.name ?? "Playground"} · Tributary playground`;
}

const drawn = new Map();
let drawnFor = "";
let atEnd = true;
let scrolledTo = 0;
let lastDrawn;

function drawMessages() {
  const place = `${view.as}:${view.channel}`;
  const moved = place !== drawnFor;
  if (moved) {
    drawn.clear();
    byId("log").replaceChildren();
    drawnFor = place;
  }
  const messages = shownMessages(view.channel);
  const focus = rememberFocus();
  const nodes = [];
  const wanted = new Set();
  const channel = currentChannel();
  const parent = isThread(channel ?? {}) ? channelById(channel.parent_id) : null;
  const talk = messages.length > 0 || parent || channel?.kind === "forum";
  if (channel && talk) nodes.push(keep("beginning", JSON.stringify([channel, parent?.name]), () => beginning(channel, parent), wanted));
  if (channel?.kind === "forum") nodes.push(...posts(channel).map(([id, key, build]) => keep(id, key, build, wanted)));
  messages.forEach((message, at) => {
    const before = messages[at - 1];
    const day = dayKey(Date.parse(message.timestamp));
    const newDay = !before || dayKey(Date.parse(before.timestamp)) !== day;
    if (newDay) nodes.push(keep(`day:${day}`, "", () => h("div", { class: "day", role: "separator" }, h("span", {}, dayInWords(Date.parse(message.timestamp)))), wanted));
    const follows = !newDay && continues(before, message);
    const key = JSON.stringify([message, follows, channelById(message.id)?.name, day === dayKey(now())]);
    nodes.push(keep(message.id, key, () => messageNode(message, follows), wanted));
  });
  for (const id of [...drawn.keys()]) {
    if (!wanted.has(id)) {
      drawn.get(id).node.remove();
      drawn.delete(id);
    }
  }
  // Moves only what is out of place, so that what did not change keeps its focus and its scroll.
  let cursor = byId("log").firstChild;
  for (const node of nodes) {
    if (node === cursor) cursor = cursor.nextSibling;
    else byId("log").insertBefore(node, cursor);
  }
  drawEmpty(!talk);
  focus();
  if (document.visibilityState === "visible") markRead(view.channel);
  const last = messages.at(-1)?.id;
  if (channel?.kind === "forum") {
    if (moved) byId("scroll").scrollTop = 0;
  } else if (moved || atEnd) toEnd();
  else if (last !== lastDrawn) byId("to-end").hidden = false;
  lastDrawn = last;
}

/** The node drawn for `id` before, unless what it shows has changed. */
function keep(id, key, build, wanted) {
  wanted.add(id);
  const known = drawn.get(id);
  if (known?.key === key) return known.node;
  const node = build();
  if (known) known.node.replaceWith(node);
  drawn.set(id, { key, node });
  return node;
}

/** A redrawn message must not lose the keyboard: the same control, else the message's next one. */
function rememberFocus() {
  const control = document.activeElement;
  const item = control?.closest?.(".message");
  if (!item) return () => {};
  const [id, key, words] = [item.dataset.id, control.dataset.key, control.textContent];
  return () => {
    if (control.isConnected) return;
    const again = drawn.get(id)?.node;
    const same = key && again?.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
    // A page's "Next" is another button each time, with the same word on it.
    const alike = [...again?.querySelectorAll(".press:not([disabled])") ?? []].find((one) => one.textContent === words);
    (same || alike || again?.querySelector(".press:not([disabled]), .picker-open:not([disabled])") || byId("line")).focus({ preventScroll: true });
  };
}

function drawEmpty(empty) {
  byId("empty").hidden = !empty;
  if (!empty) return;
  const channel = currentChannel();
  const paths = typedCommands().map((command) => `/${command.name}`);
  const known = (INVITATIONS[channel?.name] ?? ["/today", "/lesson next"]).filter((text) => paths.includes(text.split(" ")[0]));
  const key = JSON.stringify([channel?.id, known]);
  if (byId("empty").dataset.key === key) return;
  byId("empty").dataset.key = key;
  fill(byId("empty"),
    h("img", { src: "icon.svg", alt: "", width: 56, height: 56 }),
    h("h2", {}, channel ? `This is ${channel.kind === "text" ? "#" : ""}${channel.name}` : "Nothing here yet"),
    h("p", {}, known.length ? "Nothing was said here yet. Try one of these, or type / for everything the bot can do:" : "Nothing was said here yet. Say hello."),
    known.length ? h("div", { class: "chips" }, known.map((text) => h("button", { class: "chip", type: "button", on: { click: () => write(text) } }, h("code", {}, text)))) : null);
}

function toEnd() {
  const scroll = byId("scroll");
  scroll.scrollTop = scroll.scrollHeight;
  byId("to-end").hidden = true;
  atEnd = true;
}

// ── Status, theme, the folding list ────────────────────────────────────────────────────────────

let connected = true;

function drawNotice() {
  let words = null;
  if (!connected) words = "The playground does not answer. This page tries again by itself.";
  else if (world.bot?.connected === false) words = "No bot is connected. It takes a moment after the start; with `--no-bot`, connect yours by `DISCORD_API_BASE`.";
  else if (world.clock && world.commands.length === 0) words = "The bot has not registered its commands yet; it takes a moment after the start.";
  byId("notice").hidden = words === null;
  // A status is read aloud whenever it changes, so the same words are not written twice.
  if (words !== null && byId("notice").dataset.words !== words) fill(byId("notice"), inline(words));
  byId("notice").dataset.words = words ?? "";
}

const THEMES = { "": ["auto", "Colours: as the system has them"], dark: ["moon", "Colours: dark"], light: ["sun", "Colours: light"] };

function drawTheme() {
  const [mark, words] = THEMES[document.documentElement.dataset.theme ?? ""] ?? THEMES[""];
  fill(byId("theme"), icon(mark));
  byId("theme").setAttribute("aria-label", words);
  byId("theme").title = words;
}

function turnTheme() {
  const order = ["", "dark", "light"];
  const chosen = order[(order.indexOf(document.documentElement.dataset.theme ?? "") + 1) % order.length];
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  memory.set("theme", chosen);
  drawTheme();
}

const narrow = matchMedia("(max-width: 760px)");

function unfoldSide() {
  clearToasts();
  document.body.classList.add("side-open");
  byId("open-side").setAttribute("aria-expanded", "true");
  byId("shade").hidden = false;
  byId("side").inert = false;
}

function foldSide() {
  document.body.classList.remove("side-open");
  byId("open-side").setAttribute("aria-expanded", "false");
  byId("shade").hidden = true;
  // Off the screen, it must be out of the tab order too.
  byId("side").inert = narrow.matches;
}

const tour = () => startTour(prepareTour);

/** Everything from the beginning, after a question: nothing of it comes back. */
async function startOver() {
  const sure = await confirm("Start over?", "Every message, point, stream and quiz in this playground is forgotten, and the clock goes back to the real time. This cannot be undone.", "Forget everything");
  if (!sure) return;
  toast("Starting over…");
  try {
    await reset();
    memory.forget("read:");
    await load();
    clearToasts();
    toast("Everything is new. Try `/lesson next`.");
  } catch (error) {
    clearToasts();
    toast(error.message);
  }
}

function prepareTour(target) {
  if (narrow.matches && (target === "people" || target === "channels")) unfoldSide();
  else foldSide();
}

// ── Start ──────────────────────────────────────────────────────────────────────────────────────

function draw() {
  drawChannels();
  drawPeople();
  drawBar();
  drawMessages();
  drawMembers();
  drawPins();
  drawNotice();
  drawClock();
  describePlace();
}

let lastPlace = "";

onChange(() => {
  draw();
  const place = `${view.as}:${view.channel}`;
  if (place !== lastPlace) {
    lastPlace = place;
    complain(null);
    clearToasts();
    refresh();
  }
});

function shortcuts(event) {
  const typing = event.target.closest?.("input, textarea, select, dialog, .menu");
  if (event.key === "Escape" && document.body.classList.contains("side-open")) {
    foldSide();
    byId("open-side").focus();
  } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    write("/");
  } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    event.preventDefault();
    const order = [...byId("channels").querySelectorAll("[data-channel]")].map((node) => node.dataset.channel);
    const next = order.indexOf(view.channel) + (event.key === "ArrowDown" ? 1 : -1);
    if (order[next]) chooseChannel(order[next]);
  }
}

function start() {
  const marks = { "open-side": "menu", "close-side": "close", "open-faults": "bolt", "open-more": "more" };
  for (const [id, mark] of Object.entries(marks)) byId(id).append(icon(mark));
  byId("to-end").append(icon("down"));
  drawTheme();
  byId("theme").addEventListener("click", turnTheme);
  byId("open-side").addEventListener("click", () => { unfoldSide(); byId("channels").querySelector("[aria-current]")?.focus(); });
  byId("close-side").addEventListener("click", () => { foldSide(); byId("open-side").focus(); });
  byId("shade").addEventListener("click", foldSide);
  byId("open-faults").addEventListener("click", openFaults);
  byId("open-more").addEventListener("click", () => menu(byId("open-more"), "More", [
    { label: "Show me around", detail: "A tour of five steps", run: tour },
    { label: "For authors", detail: "Lessons and questions as members see them", run: openAuthors },
    { label: "Start over", detail: "Forget everything said and done here", run: startOver },
  ]));
  byId("to-end").addEventListener("click", toEnd);
  byId("scroll").addEventListener("scroll", () => {
    const { scrollTop, clientHeight, scrollHeight } = byId("scroll");
    // A list that grows under a late picture scrolls nobody away from its end; only going up does.
    atEnd = scrollHeight - scrollTop - clientHeight < 60 || (atEnd && scrollTop >= scrolledTo);
    scrolledTo = scrollTop;
    if (atEnd) byId("to-end").hidden = true;
  });
  // A picture that arrives late makes the list longer; whoever was at the end stays there.
  const grown = new ResizeObserver(() => {
    // But not while a select is open: its list would slide away under the hand.
    if (atEnd && currentChannel()?.kind !== "forum" && !byId("log").querySelector(".raised")) toEnd();
  });
  grown.observe(byId("log"));
  grown.observe(byId("scroll"));
  byId("log").addEventListener("contextmenu", openContext);
  roving(byId("channels"), "[data-channel]");
  roving(byId("people"), "[role=radio]");
  document.addEventListener("keydown", shortcuts);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && view.channel) { markRead(view.channel); drawChannels(); } });
  narrow.addEventListener("change", foldSide);
  foldSide();
  startComposer((answer) => answered(answer, () => {}));
  startGuild();
  startClock();
  setInterval(() => refreshTimes(document), 15_000);
  let first = true;
  follow((up) => {
    connected = up;
    drawNotice();
    if (up && first) {
      first = false;
      firstTour(prepareTour);
    }
  });
}

function openContext(event) {
  const id = event.target.closest(".message")?.dataset.id;
  const message = (world.messages[view.channel] ?? []).find((one) => one.id === id);
  // Selected text and links keep the browser's own menu.
  if (!message || event.target.closest("a, img, input, textarea") || String(getSelection())) return;
  event.preventDefault();
  hooks.menu(message, event.target.closest(".message").querySelector(".message-tools button") ?? byId("line"));
}

start();
