// One message as a node: who, when, text, embeds, pictures, and its buttons and selects.
// What a press does is told to `hooks`; the server decides what comes of it.

import { h, icon } from "./dom.js";
import { markdown, inline } from "./markdown.js";
import { picker } from "./picker.js";
import { inWords, stamp, timeOfDay } from "./time.js";
import { addReaction, poll, reactions } from "./touch.js";
import { channelById, chooseChannel, dismiss, menuCommands, userById } from "./world.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const THREAD_CREATED = 18;

/** Set by app.js. */
export const hooks = {
  press: async () => {},
  select: async () => {},
  menu: () => {},
  member: () => {},
  enlarge: () => {},
};

const TINTS = 6;
const tint = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) >>> 0, 7) % TINTS;

/** The round picture beside a name. */
export function avatar(name, bot) {
  if (bot) return h("img", { class: "avatar", src: "icon.svg", alt: "", width: 38, height: 38 });
  return h("span", { class: `avatar tint-${tint(name)}`, "aria-hidden": "true" }, [...name][0]?.toUpperCase() ?? "?");
}

const authorName = (author) => author?.global_name ?? author?.username ?? "someone";

/** Whether `message` continues what `before` began, so that name and picture need no repeating. */
export function continues(before, message) {
  return Boolean(before)
    && before.author?.id === message.author?.id
    && !message.interaction && !message.interaction_metadata && !message.message_reference
    && Boolean(before.ephemeral_to) === Boolean(message.ephemeral_to)
    && Date.parse(message.timestamp) - Date.parse(before.timestamp) < 5 * 60_000;
}

/** The message; one that cannot be drawn says so, and the others stay readable. */
export function messageNode(message, follows) {
  try {
    return draw(message, follows);
  } catch (error) {
    console.error(error);
    return h("div", { class: "message system", data: { id: message.id } }, h("p", {}, "This message has a shape the page does not know."));
  }
}

function draw(message, follows) {
  if (message.type === THREAD_CREATED) return system(message);
  const name = authorName(message.author);
  const ephemeral = Boolean(message.ephemeral_to) || Boolean((message.flags ?? 0) & EPHEMERAL);
  const classes = ["message", follows && "follows", ephemeral && "ephemeral"].filter(Boolean).join(" ");
  return h("div", { class: classes, data: { id: message.id } },
    follows ? null : cause(message),
    h("article", { class: "body", "aria-label": `${name}, ${inWords(Date.parse(message.timestamp))}` },
      follows ? h("span", { class: "gutter", "aria-hidden": "true" }, timeOfDay(Date.parse(message.timestamp))) : avatar(name, message.author?.bot),
      h("div", { class: "said" },
        follows ? null : byline(message, name),
        content(message),
        ephemeral ? h("p", { class: "only-you" }, icon("eye"), "Only you can see this · ", h("button", { type: "button", on: { click: () => dismiss(message.id) } }, "Dismiss")) : null),
      tools(message)));
}

function system(message) {
  const thread = channelById(message.message_reference?.channel_id ?? message.thread?.id);
  return h("div", { class: "message system", data: { id: message.id } }, icon("thread"),
    h("p", {}, h("strong", {}, authorName(message.author)), " opened a thread: ",
      thread ? h("button", { class: "mention", type: "button", on: { click: () => chooseChannel(thread.id) } }, thread.name) : message.content));
}

function byline(message, name) {
  return h("header", { class: "byline" },
    h("button", { class: "author", type: "button", on: { click: (event) => hooks.member(message.author, event.currentTarget) } }, name),
    message.author?.bot ? h("span", { class: "badge" }, "bot") : null,
    h("time", { datetime: message.timestamp, title: inWords(Date.parse(message.timestamp)) }, timeOfDay(Date.parse(message.timestamp))));
}

/** The line above a message that says what it answers. */
function cause(message) {
  const used = message.interaction_metadata ?? message.interaction;
  const command = message.interaction?.name ?? message.interaction_metadata?.name;
  if (used?.user && command) {
    return h("p", { class: "cause" }, h("strong", {}, userById(used.user.id)?.name ?? authorName(used.user)), " used ", h("code", {}, fromMenu(command) ? command : `/${command}`));
  }
  const before = message.referenced_message;
  if (before) return h("p", { class: "cause" }, "answers ", h("strong", {}, authorName(before.author)), ": ", (before.content || "a card").slice(0, 80));
  return null;
}

const fromMenu = (name) => [...menuCommands(2), ...menuCommands(3)].some((command) => command.name === name);

function content(message) {
  if ((message.flags ?? 0) & LOADING && !message.content && !message.embeds?.length) {
    return h("p", { class: "thinking" }, h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), `${authorName(message.author)} is thinking…`);
  }
  const files = message.attachments ?? [];
  const inEmbeds = new Set();
  const embeds = (message.embeds ?? []).map((embed) => embedNode(embed, files, inEmbeds));
  const text = h("div", { class: "text" }, markdown(message.content));
  if (message.edited_timestamp) {
    // Beside the last words, as one would add "(edited)" by hand; a list or a fence gets a line of its own.
    const last = text.lastElementChild;
    (last?.tagName === "P" ? last : text).append(h("span", { class: "edited", title: inWords(Date.parse(message.edited_timestamp)) }, " (edited)"));
  }
  return [
    text.childNodes.length ? text : null,
    embeds,
    files.filter((file) => !inEmbeds.has(file.filename)).map(fileNode),
    poll(message),
    components(message),
    reactions(message),
    threadLink(message),
  ];
}

function threadLink(message) {
  const thread = channelById(message.thread?.id ?? message.id);
  if (!thread || thread.id === message.channel_id) return null;
  return h("button", { class: "thread-link", type: "button", on: { click: () => chooseChannel(thread.id) } }, icon("thread"), h("strong", {}, thread.name), h("span", {}, "Open the thread"));
}

// ── Embeds and files ───────────────────────────────────────────────────────────────────────────

/** An address the page may load: this server's own, whatever loopback name it goes by. */
function address(url, files = []) {
  if (!url) return null;
  const attached = /^attachment:\/\/(.+)$/.exec(url);
  if (attached) return address(files.find((file) => file.filename === attached[1])?.url);
  try {
    const parsed = new URL(url, location.href);
    if (!/^https?:$/.test(parsed.protocol)) return null;
    const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(parsed.hostname);
    return loopback && parsed.port === location.port ? parsed.pathname + parsed.search : parsed.href;
  } catch {
    return null;
  }
}

function picture(image, files, inEmbeds, kind) {
  const source = address(image?.url, files);
  if (!source) return null;
  const file = files.find((one) => image.url === `attachment://${one.filename}` || image.url === one.url);
  if (file) inEmbeds.add(file.filename);
  return imageNode(source, file?.description ?? "", { width: image.width ?? file?.width, height: image.height ?? file?.height }, kind);
}

function imageNode(source, alt, size, kind) {
  const image = h("img", { src: source, alt: alt || "Picture without a description", width: size.width, height: size.height, loading: "lazy" });
  return h("button", { class: `picture ${kind}`, type: "button", title: "Enlarge", on: { click: () => hooks.enlarge(source, alt) } }, image);
}

function fileNode(file) {
  const source = address(file.url);
  const isImage = /^image\//.test(file.content_type ?? "") || /\.(png|jpe?g|gif|webp|svg)$/i.test(file.filename ?? "");
  if (source && isImage) return imageNode(source, file.description, file, "attached");
  return h("a", { class: "file", href: source, download: file.filename }, icon("file"), h("strong", {}, file.filename), h("span", {}, size(file.size)));
}

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function embedNode(embed, files, inEmbeds) {
  const node = h("section", { class: "embed", "aria-label": embed.title ?? "Card" },
    h("div", { class: "embed-main" },
      embed.author?.name ? h("p", { class: "embed-author" }, embed.author.name) : null,
      embed.title ? h("h2", { class: "embed-title" }, inline(embed.title)) : null,
      embed.description ? h("div", { class: "text" }, markdown(embed.description)) : null,
      embed.fields?.length ? h("dl", { class: "fields" }, embed.fields.map((field) =>
        h("div", { class: field.inline ? "field inline" : "field" }, h("dt", {}, inline(field.name)), h("dd", { class: "text" }, markdown(field.value))))) : null),
    picture(embed.thumbnail, files, inEmbeds, "thumbnail"),
    picture(embed.image, files, inEmbeds, "image"),
    embed.footer?.text || embed.timestamp ? h("footer", {}, [embed.footer?.text, embed.timestamp && stamp(Date.parse(embed.timestamp))].filter(Boolean).join(" · ")) : null);
  // A style property, not a style attribute: a strict content policy allows it.
  if (Number.isInteger(embed.color) && embed.color > 0) node.style.setProperty("--stripe", `#${embed.color.toString(16).padStart(6, "0")}`);
  return node;
}

// ── Buttons and selects ────────────────────────────────────────────────────────────────────────

const BUTTON = 2;
const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "secondary" };

function components(message) {
  const rows = (message.components ?? []).filter((row) => row.components?.length);
  return rows.length ? h("div", { class: "rows" }, rows.map((row) =>
    h("div", { class: "row" }, row.components.map((part) => (part.type === BUTTON ? button(message, part) : picker(part, (values) => hooks.select(message, part, values), message.id)))))) : null;
}

function emoji(part) {
  if (!part.emoji) return null;
  return h("span", { class: "emoji", "aria-hidden": part.label ? "true" : null }, part.emoji.id ? `:${part.emoji.name}:` : part.emoji.name);
}

function button(message, part) {
  const words = [emoji(part), part.label ? h("span", {}, part.label) : null];
  const classes = `press ${STYLES[part.style] ?? "secondary"}`;
  if (part.style === LINK) {
    const target = /^https?:\/\//i.test(part.url ?? "") ? part.url : null;
    return h("a", { class: classes, href: target, target: "_blank", rel: "noopener noreferrer", "aria-disabled": part.disabled ? "true" : null }, words);
  }
  const node = h("button", { class: classes, type: "button", disabled: part.disabled, data: { key: part.custom_id } }, words);
  node.addEventListener("click", async () => {
    if (node.getAttribute("aria-busy")) return;
    node.setAttribute("aria-busy", "true");
    await hooks.press(message, part);
    node.removeAttribute("aria-busy");
  });
  return node;
}

function tools(message) {
  return h("div", { class: "message-tools" },
    message.ephemeral_to ? null : addReaction(message),
    h("button", { class: "quiet icon-only", type: "button", "aria-label": "More for this message", "aria-haspopup": "menu", on: { click: (event) => hooks.menu(message, event.currentTarget) } }, icon("more")));
}
