// What stands beside the talk: who is here, what is pinned, what is planned, and the posts of a forum.

import { byId, fill, h, icon, memory } from "./dom.js";
import { markdown, inline } from "./markdown.js";
import { avatar, hooks } from "./message.js";
import { dialog } from "./overlay.js";
import { discordTime, inWords, stamp } from "./time.js";
import { byAge, chooseChannel, currentChannel, isThread, shownChannels, shownMessages, userById, view, world } from "./world.js";

// ── Who is here ────────────────────────────────────────────────────────────────────────────────

const wide = matchMedia("(min-width: 1200px)");
const roomy = matchMedia("(min-width: 761px)");

export function startGuild() {
  byId("open-pins").append(icon("pin"));
  byId("open-members").append(icon("people"));
  byId("open-pins").addEventListener("click", openPins);
  byId("open-members").addEventListener("click", () => {
    memory.set("members", showsMembers() ? "no" : "yes");
    drawMembers();
  });
  for (const size of [wide, roomy]) size.addEventListener("change", drawMembers);
}

/** The list stands by itself where there is room, until somebody says otherwise. */
const showsMembers = () => (wide.matches ? memory.get("members") !== "no" : roomy.matches && memory.get("members") === "yes");

export function drawMembers() {
  const shown = showsMembers();
  byId("members").hidden = !shown;
  byId("open-members").setAttribute("aria-expanded", String(shown));
  const groups = membersByRole();
  const key = JSON.stringify([groups, view.as, world.bot?.connected]);
  if (!shown || byId("members").dataset.key === key) return;
  byId("members").dataset.key = key;
  const focused = document.activeElement?.closest?.(".member")?.dataset.user;
  fill(byId("members"), groups.map(([name, people]) => [
    h("h2", {}, `${name} · ${people.length}`),
    h("ul", {}, people.map(member)),
  ]));
  if (focused) byId("members").querySelector(`[data-user="${CSS.escape(focused)}"]`)?.focus();
}

/** Everyone under the highest role they have; the bot by itself. */
function membersByRole() {
  const roles = [...world.roles].sort((a, b) => (b.position ?? 0) - (a.position ?? 0));
  const here = channelMembers();
  const left = new Set(here);
  const groups = [];
  for (const role of roles) {
    const people = here.filter((user) => left.has(user) && user.roles?.includes(role.id));
    for (const user of people) left.delete(user);
    if (people.length) groups.push([role.name, people]);
  }
  if (left.size) groups.push(["Members", [...left]]);
  return [...groups, ["Bots", [{ id: world.bot?.id, name: userById(world.bot?.id)?.name ?? "Tributary", bot: true }]]];
}

/** Those who see the channel one is in. */
function channelMembers() {
  const channel = currentChannel();
  return world.users.filter((user) => !user.bot && (channel?.visible_to?.includes(user.name) ?? true));
}

function member(user) {
  const words = user.bot ? (world.bot?.connected ? "answers /commands" : "is not connected") : user.name === view.as ? "you" : "";
  return h("li", {}, h("button", {
    class: `member${user.bot && !world.bot?.connected ? " away" : ""}`, type: "button", "aria-haspopup": "menu", data: { user: user.id },
    on: { click: (event) => hooks.member({ id: user.id, username: user.name, bot: user.bot }, event.currentTarget) },
  }, avatar(user.name, user.bot), h("span", { class: "member-words" }, h("span", {}, user.name, user.bot ? h("span", { class: "badge" }, "bot") : null), words ? h("small", {}, words) : null)));
}

// ── What is pinned and what is planned ─────────────────────────────────────────────────────────

const pinned = () => shownMessages(view.channel).filter((message) => message.pinned);

/** The pins' button stands only where something is pinned. */
export function drawPins() {
  byId("open-pins").hidden = pinned().length === 0;
}

function openPins() {
  const list = h("ul", { class: "cards" });
  const node = dialog(`Pinned in ${currentChannel()?.name ?? "this channel"}`, "pins", list);
  fill(list, pinned().reverse().map((message) => h("li", { class: "card" },
    h("p", { class: "card-head" }, h("strong", {}, message.author?.username ?? "someone"), " ", h("time", {}, stamp(Date.parse(message.timestamp)))),
    h("div", { class: "text" }, markdown(message.content || message.embeds?.[0]?.title || message.poll?.question?.text || "A card")),
    h("button", { class: "press secondary", type: "button", on: { click: () => { node.close(); jump(message.id); } } }, "Go there"))));
}

/** Brings a message into sight and marks it for a moment. */
function jump(id) {
  const target = byId("log").querySelector(`[data-id="${CSS.escape(id)}"]`);
  target?.scrollIntoView({ block: "center" });
  target?.classList.add("found");
  target?.addEventListener("animationend", () => target.classList.remove("found"), { once: true });
}

const OVER = 3;

/** The row above the channels that opens the calendar; nothing where nothing is planned. */
export function eventsRow() {
  const planned = (world.events ?? []).filter((event) => event.status < OVER);
  if (planned.length === 0) return null;
  return h("button", { class: "channel", type: "button", "aria-haspopup": "dialog", on: { click: () => openEvents(planned) } },
    icon("calendar"), h("span", {}, planned.length === 1 ? "1 event" : `${planned.length} events`));
}

function openEvents(planned) {
  const soonest = [...planned].sort((a, b) => Date.parse(a.scheduled_start_time) - Date.parse(b.scheduled_start_time));
  dialog("What is planned", "events", h("ul", { class: "cards" }, soonest.map((event) => {
    const start = Date.parse(event.scheduled_start_time);
    const room = event.entity_metadata?.location ?? world.channels.find((channel) => channel.id === event.channel_id)?.name;
    return h("li", { class: "card" },
      h("p", { class: "card-when" }, event.status === 2 ? "Now · " : "", inWords(start), " · ", discordTime(start, "R")),
      h("h3", {}, event.name),
      event.description ? h("div", { class: "text" }, markdown(event.description)) : null,
      room ? h("p", { class: "card-head" }, room) : null);
  })));
}

// ── A forum's posts ────────────────────────────────────────────────────────────────────────────

/** The posts of a forum, the last spoken in first, as `[id, key, build]`. */
export function posts(forum) {
  const last = (thread) => world.messages[thread.id]?.at(-1)?.id ?? thread.id;
  return shownChannels()
    .filter((thread) => isThread(thread) && thread.parent_id === forum.id)
    .sort((a, b) => Number(a.archived) - Number(b.archived) || byAge(last(b), last(a)))
    .map((thread) => {
      const said = shownMessages(thread.id);
      return [`post:${thread.id}`, JSON.stringify([thread, said.at(0), said.at(-1)?.id, forum.available_tags]), () => post(thread, said, forum)];
    });
}

function post(thread, said, forum) {
  const first = said.find((message) => message.id === thread.id) ?? said[0];
  const tags = (forum.available_tags ?? []).filter((tag) => thread.applied_tags?.includes(tag.id));
  const answers = Math.max(0, said.length - 1);
  return h("button", { class: "post", type: "button", data: { post: thread.id }, on: { click: () => chooseChannel(thread.id) } },
    tags.length ? h("span", { class: "tags" }, tags.map((tag) => h("span", { class: "tag" }, tag.emoji_name ? `${tag.emoji_name} ` : "", tag.name))) : null,
    h("strong", { class: "post-title" }, thread.locked ? icon("lock") : null, thread.name),
    first ? h("span", { class: "post-words" }, h("b", {}, first.author?.username ?? "someone"), ": ", inline(first.content.replace(/\s+/g, " ").slice(0, 160))) : null,
    h("span", { class: "post-foot" }, `${answers} ${answers === 1 ? "answer" : "answers"}`,
      said.length ? ` · ${stamp(Date.parse(said.at(-1).timestamp))}` : "", thread.archived ? " · closed" : ""));
}

/** The head of a channel's talk: what it is, as one meets it the first time. */
export function beginning(channel, parent) {
  const thread = isThread(channel);
  return h("div", { class: "beginning" },
    h("span", { class: "beginning-mark", "aria-hidden": "true" }, icon(thread ? "thread" : channel.kind === "forum" ? "forum" : channel.kind === "dm" ? "at" : "hash")),
    h("h2", {}, thread || channel.kind === "dm" ? channel.name || "direct message" : `Welcome to #${channel.name}`),
    h("p", {}, thread && parent
      ? ["A thread in ", h("button", { class: "mention", type: "button", on: { click: () => chooseChannel(parent.id) } }, `#${parent.name}`)]
      : channel.kind === "dm" ? "Between you and the bot alone." : channel.topic || "This is where the channel begins."));
}
