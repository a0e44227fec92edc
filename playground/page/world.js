// The world as the server tells it, and the calls that change it. Knows who is looking and what they
// may see; draws nothing.

import { memory } from "./dom.js";

/** The last answer of `GET /api/state`. */
export const world = { users: [], channels: [], messages: {}, commands: [], roles: [], clock: null, guild: null, bot: null };

/** Who is looking, and at which channel. */
export const view = { as: memory.get("as") ?? "ana", channel: memory.get("channel") };

const listeners = new Set();
let clockBase = Date.now();
let clockReadAt = performance.now();

/** Calls `listener` after every change of the world or the view. */
export function onChange(listener) {
  listeners.add(listener);
}

export function changed() {
  for (const listener of listeners) {
    // A mistake in drawing is no lost connection, and must not look like one.
    try {
      listener();
    } catch (error) {
      console.error(error);
    }
  }
}

/** Playground time, in Unix milliseconds; it runs on between two answers of the server. */
export function now() {
  return clockBase + (performance.now() - clockReadAt);
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body ? JSON.stringify(body) : undefined,
  });
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    answer = { error: text };
  }
  if (!response.ok) throw new Error(answer.error || answer.message || `The playground answered ${response.status}.`);
  return answer;
}

let loading = null;
let again = false;

/** Reads the whole state; calls that come while one is under way are folded into one more. */
export function load() {
  if (loading) {
    again = true;
    return loading;
  }
  loading = (async () => {
    do {
      again = false;
      const answer = await call("GET", "/api/state");
      Object.assign(world, { roles: [] }, answer);
      const clock = Date.parse(world.clock);
      if (Number.isFinite(clock)) {
        clockBase = clock;
        clockReadAt = performance.now();
      }
      settle();
      changed();
    } while (again);
  })().finally(() => {
    loading = null;
  });
  return loading;
}

/** Keeps the view on things that exist. */
function settle() {
  if (!world.users.some((user) => user.name === view.as)) view.as = world.users.find((user) => !user.bot)?.name ?? view.as;
  if (!shownChannels().some((channel) => channel.id === view.channel)) {
    view.channel = (shownChannels().find((channel) => channel.name === "lessons") ?? shownChannels()[0])?.id ?? null;
  }
}

export function choosePerson(name) {
  view.as = name;
  memory.set("as", name);
  settle();
  changed();
  load().catch(() => {});
}

export function chooseChannel(id) {
  view.channel = id;
  memory.set("channel", id);
  changed();
}

/** Follows the server; `onStatus(true|false)` tells whether the line is up. */
export function follow(onStatus) {
  let timer = null;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => load().then(() => onStatus(true), () => onStatus(false)), 40);
  };
  const events = new EventSource("/api/events");
  events.onopen = soon;
  events.onmessage = soon;
  // Whether a bot is connected changes without an event.
  const slowly = setInterval(soon, 15_000);
  events.onerror = () => {
    onStatus(false);
    // The browser reconnects by itself, except after an answer that was no event stream.
    if (events.readyState !== EventSource.CLOSED) return;
    clearInterval(slowly);
    setTimeout(() => follow(onStatus), 3000);
  };
  soon();
}

/** One act of the person who is looking. Never throws: a lost line is an answer too. */
export async function act(body) {
  try {
    const answer = await call("POST", "/api/act", { as: view.as, ...body });
    if (!body.autocomplete) await load();
    return answer;
  } catch (error) {
    const lost = error instanceof TypeError;
    return { ok: false, error: lost ? "The playground does not answer. Is it still running?" : error.message, messages: [] };
  }
}

export const moveClock = (body) => call("POST", "/api/clock", body);
export const setFault = (body) => call("POST", "/api/fault", body);
export const reset = () => call("POST", "/api/reset", {});

// ── Questions about the world ──────────────────────────────────────────────────────────────────

/** Orders snowflakes, which are too large for numbers. */
export function byAge(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

export const me = () => world.users.find((user) => user.name === view.as);
export const isModerator = () => me()?.moderator ?? view.as === "mod";
/** Everyone with a name: the people, and the bot, which is known by what it wrote. */
export function everyone() {
  const bot = Object.values(world.messages).flat().find((message) => message.author?.bot)?.author;
  const known = !bot || world.users.some((user) => user.id === bot.id);
  return known ? world.users : [...world.users, { id: bot.id, name: bot.username, bot: true }];
}

export const userById = (id) => everyone().find((user) => user.id === id);
export const channelById = (id) => world.channels.find((channel) => channel.id === id);
export const currentChannel = () => channelById(view.channel);
export const isThread = (channel) => channel.kind === "public_thread" || channel.kind === "private_thread";

/** Channels this person sees. The server says who sees a closed one in `visible_to`, by name. */
export function shownChannels() {
  return world.channels.filter((channel) => !channel.visible_to || channel.visible_to.includes(view.as));
}

/** What only one person saw and has put away. As in Discord, it is this browser that forgets it. */
const dismissed = new Set(JSON.parse(memory.get("dismissed") ?? "[]"));
const DISMISSED_AT_MOST = 200;

export function dismiss(id) {
  dismissed.add(id);
  memory.set("dismissed", JSON.stringify([...dismissed].slice(-DISMISSED_AT_MOST)));
  changed();
}

/** Messages of a channel that this person sees, oldest first. */
export function shownMessages(channelId) {
  return (world.messages[channelId] ?? []).filter((message) => !message.ephemeral_to || (message.ephemeral_to === view.as && !dismissed.has(message.id)));
}

const readKey = (channelId) => `read:${view.as}:${channelId}`;

export function isUnread(channelId) {
  const last = shownMessages(channelId).at(-1);
  const read = memory.get(readKey(channelId));
  return Boolean(last) && (read === null || byAge(last.id, read) > 0);
}

export function markRead(channelId) {
  const last = shownMessages(channelId).at(-1);
  if (last) memory.set(readKey(channelId), last.id);
}

/** Commands one can type: type 1, or none given. */
export const typedCommands = () => world.commands.filter((command) => (command.type ?? 1) === 1);
/** Context-menu commands: 2 on members, 3 on messages. */
export const menuCommands = (type) => world.commands.filter((command) => command.type === type);
export const needsModerator = (command) => Boolean(command.default_member_permissions && command.default_member_permissions !== "0");
