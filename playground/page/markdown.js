// Discord's markdown as DOM nodes: what Discord draws, drawn alike; everything else stays text.
// Two passes, as Discord does it: blocks by line, then inline marks by the first rule that fits.

import { h } from "./dom.js";
import { discordTime } from "./time.js";
import { channelById, chooseChannel, userById, view, world } from "./world.js";

/** Told when someone presses a `</command:id>` mention; the composer listens. */
export const hooks = { command: () => {} };

/** The text as a list of block nodes. */
export function markdown(text) {
  const blocks = [];
  // Fences first: nothing inside them means anything.
  const pieces = String(text ?? "").split(/```(?:([\w+#.-]+)\n|\n?)([^]*?)\n?```/g);
  for (let at = 0; at < pieces.length; at += 3) {
    if (pieces[at].trim() !== "") blocks.push(...lines(pieces[at].replace(/^\n/, "").replace(/\n$/, "").split("\n")));
    if (at + 2 < pieces.length) blocks.push(fence(pieces[at + 2], pieces[at + 1]));
  }
  return blocks;
}

function fence(code, language) {
  // A wide diagram scrolls by keyboard too, hence the tab stop.
  return h("pre", { tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code" }, h("code", {}, code));
}

const LIST = /^(\s*)(?:[-*]|(\d{1,9})\.) +(.*)$/;

function lines(all) {
  const blocks = [];
  // Marks may span lines, so a paragraph is read when it is whole.
  let paragraph = [];
  const flush = () => {
    if (paragraph.length) blocks.push(h("p", {}, inline(paragraph.join("\n"))));
    paragraph = [];
  };
  for (let at = 0; at < all.length; at += 1) {
    const line = all[at];
    const heading = /^(#{1,3}) +(.+)$/.exec(line);
    const small = /^-# +(.+)$/.exec(line);
    let block = [];
    if (heading) {
      // The page's own heading comes first, so a message's start at level two.
      block = h(`h${heading[1].length + 1}`, {}, inline(heading[2]));
    } else if (small) {
      block = h("p", { class: "small" }, inline(small[1]));
    } else if (line.startsWith(">>> ")) {
      block = h("blockquote", {}, lines([line.slice(4), ...all.slice(at + 1)]));
      at = all.length;
    } else if (line.startsWith("> ") || line === ">") {
      const from = at;
      while (at + 1 < all.length && (all[at + 1].startsWith("> ") || all[at + 1] === ">")) at += 1;
      block = h("blockquote", {}, lines(all.slice(from, at + 1).map((quoted) => quoted.slice(2))));
    } else if (LIST.test(line)) {
      const from = at;
      while (at + 1 < all.length && (LIST.test(all[at + 1]) || /^\s{2,}\S/.test(all[at + 1]))) at += 1;
      block = lists(all.slice(from, at + 1));
    } else if (line.trim() !== "") {
      paragraph.push(line);
      continue;
    }
    flush();
    blocks.push(...[block].flat());
  }
  flush();
  return blocks;
}

const listNode = (number) => h(number ? "ol" : "ul", number ? { start: number } : {});

/** Consecutive list lines as lists: one inside another by indent, one after another where the kind changes. */
function lists(all) {
  const roots = [];
  let open = [];
  for (const line of all) {
    const item = LIST.exec(line);
    if (!item) {
      open.at(-1)?.node.lastElementChild?.append("\n", ...inline(line.trim()));
      continue;
    }
    const [, { length: indent }, number, words] = item;
    while (open.length > 1 && indent < open.at(-1).indent) open.pop();
    const last = open.at(-1);
    if (last && indent > last.indent) {
      open.push({ indent, node: listNode(number) });
      last.node.lastElementChild.append(open.at(-1).node);
    } else if (!last || (open.length === 1 && (last.node.tagName === "OL") !== Boolean(number))) {
      open = [{ indent, node: listNode(number) }];
      roots.push(open[0].node);
    }
    open.at(-1).node.append(h("li", {}, inline(words)));
  }
  return roots;
}

const safe = (address) => /^https?:\/\//i.test(address);

function link(address, words) {
  return h("a", { href: address, title: address, target: "_blank", rel: "noopener noreferrer" }, words);
}

// Each rule: what it looks like at the very start of the rest, and the node it becomes.
const RULES = [
  [/^\\([^\p{L}\p{N}\s])/u, ([, letter]) => letter],
  [/^(`+)([^`](?:[^]*?[^`])??)\1(?!`)/, ([, , code]) => h("code", {}, code.length > 2 ? code.replace(/^ (.*) $/, "$1") : code)],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, seconds, style]) => timestamp(Number(seconds) * 1000, style)],
  [/^<@!?(\d+)>/, ([, id]) => mention(userById(id)?.name ?? "someone", id === world.users.find((user) => user.name === view.as)?.id)],
  [/^<@&(\d+)>/, ([, id]) => mention(world.roles.find((role) => role.id === id)?.name ?? "role", false)],
  [/^<#(\d+)>/, ([, id]) => channelMention(id)],
  [/^<\/([^:>]{1,100}):\d+>/, ([, command]) => h("button", { class: "mention", type: "button", on: { click: () => hooks.command(`/${command} `) } }, `/${command}`)],
  [/^<a?:(\w{2,32}):\d+>/, ([, name]) => `:${name}:`],
  [/^\[((?:\\.|[^\]\\\n])+)\]\(<?([^\s<>)]+)>?(?: "[^"]*")?\)/, ([whole, words, address]) => (safe(address) ? link(address, inline(words)) : whole)],
  [/^<(https?:\/\/[^\s<>]+)>/i, ([, address]) => link(address, address)],
  [/^https?:\/\/[^\s<>]+[^\s<>.,:;"')\]]/i, ([address]) => link(address, address)],
  [/^\*\*\*(?=\S)([^]+?)\*\*\*(?!\*)/, ([, inner]) => h("strong", {}, h("em", {}, inline(inner)))],
  [/^\*\*(?=\S)([^]+?)\*\*(?!\*)/, ([, inner]) => h("strong", {}, inline(inner))],
  [/^__(?=\S)([^]+?)__(?!_)/, ([, inner]) => h("u", {}, inline(inner))],
  [/^\*(?=[^\s*])((?:\*\*|[^*])+?)\*(?!\*)/, ([, inner]) => h("em", {}, inline(inner))],
  [/^_(?=\S)((?:__|[^_])+?)_(?![\p{L}\p{N}_])/u, ([, inner]) => h("em", {}, inline(inner))],
  [/^~~(?=\S)([^]+?)~~/, ([, inner]) => h("s", {}, inline(inner))],
  [/^\|\|([^]+?)\|\|/, ([, inner]) => spoiler(inner)],
];
const PLAIN = /^(?:[\p{L}\p{N} ,;.!?]+?(?=[^\p{L}\p{N} ,;.!?]|https?:|$)|[^])/iu;

/** Marks inside one line, as nodes and strings. */
export function inline(text) {
  const nodes = [];
  let rest = text;
  let word = false;
  while (rest) {
    const hit = rule(rest, word);
    const plain = hit ? null : (PLAIN.exec(rest) ?? [rest])[0];
    const node = hit ? hit.node : plain;
    if (typeof node === "string" && typeof nodes.at(-1) === "string") nodes.push(nodes.pop() + node);
    else nodes.push(node);
    const used = hit ? hit.length : plain.length;
    word = /[\p{L}\p{N}]$/u.test(rest.slice(0, used));
    rest = rest.slice(used);
  }
  return nodes;
}

function rule(rest, afterWord) {
  for (const [pattern, build] of RULES) {
    // snake_case is no emphasis.
    if (afterWord && rest[0] === "_" && rest[1] !== "_") return null;
    const match = pattern.exec(rest);
    if (match) return { node: build(match), length: match[0].length };
  }
  return null;
}

function timestamp(ms, style) {
  const full = discordTime(ms, "F");
  return h("time", { datetime: new Date(ms).toISOString?.() ?? "", title: full, data: { at: ms, style: style ?? "f" } }, discordTime(ms, style));
}

function mention(name, mine) {
  return h("span", { class: mine ? "mention mine" : "mention" }, `@${name}`);
}

function channelMention(id) {
  const channel = channelById(id);
  if (!channel) return h("span", { class: "mention" }, "#unknown");
  return h("button", { class: "mention", type: "button", on: { click: () => chooseChannel(id) } }, `#${channel.name}`);
}

function spoiler(inner) {
  const node = h("button", { class: "spoiler", type: "button", "aria-label": "Hidden text, press to show" }, h("span", { "aria-hidden": "true" }, inline(inner)));
  node.addEventListener("click", () => {
    node.classList.add("open");
    node.removeAttribute("aria-label");
    node.firstChild.removeAttribute("aria-hidden");
  });
  return node;
}

/** Brings every `<t:…:R>` on the page up to date. */
export function refreshTimes(root) {
  for (const node of root.querySelectorAll('time[data-style="R"]')) node.textContent = discordTime(Number(node.dataset.at), "R");
}

/** The text without its marks, for a label that draws none. */
export function plainText(text) {
  return String(text ?? "").replace(/[*_~`|>#]/g, "").replace(/\s+/g, " ").trim();
}
