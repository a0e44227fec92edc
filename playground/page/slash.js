// Where in a slash command the person is, from the text before the caret: choosing a command, an option,
// or a value. The same grammar as src/slash.rs, which has the last word; this only has to be helpful.

const NESTED = new Set([1, 2]);

/** Every command one can type, subcommands flattened: `{path, description, options, command}`. */
export function flatten(commands) {
  const found = [];
  const walk = (spec, path, command) => {
    const inner = (spec.options ?? []).filter((option) => NESTED.has(option.type));
    if (inner.length) inner.forEach((option) => walk(option, `${path} ${option.name}`, command));
    else found.push({ path, description: spec.description ?? "", options: spec.options ?? [], command });
  };
  commands.forEach((command) => walk(command, `/${command.name}`, command));
  return found;
}

/** The command the text begins with, if all its words are there. */
export function commandOf(text, flat) {
  const matches = flat.filter(({ path }) => text === path || text.startsWith(`${path} `) || text.startsWith(`${path}\n`));
  return matches.sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}

/** The options typed after the command: `[{spec, value, start, valueStart}]`, and any text before them. */
export function optionsIn(text, command) {
  const found = [];
  let at = command.path.length;
  let stray = "";
  while (at < text.length) {
    const opened = /\s/.test(text[at - 1] ?? " ") && command.options.find((option) => text.startsWith(`${option.name}:`, at));
    if (opened) {
      const valueStart = at + opened.name.length + 1;
      const end = valueEnd(text, valueStart, command);
      found.push({ spec: opened, start: at, valueStart, value: text.slice(valueStart, end).trim(), closed: end < text.length });
      at = end;
    } else {
      stray += text[at];
      at += 1;
    }
  }
  return { options: found, stray: stray.trim() };
}

function valueEnd(text, start, command) {
  const quoted = /^\s*"(?:\\["\\]|[^"])*"(?=\s|$)/.exec(text.slice(start));
  if (quoted) return start + quoted[0].length;
  for (let at = start + 1; at < text.length; at += 1) {
    if (/\s/.test(text[at - 1]) && command.options.some((option) => text.startsWith(`${option.name}:`, at))) return at;
  }
  return text.length;
}

/**
 * What could come next, for the text before the caret:
 * `{stage: "command", query}` · `{stage: "option", command, query, given}` ·
 * `{stage: "value", command, spec, query, valueStart, given}` · `{stage: "none"}`.
 */
export function locate(text, flat) {
  if (!text.startsWith("/")) return { stage: "none" };
  const command = commandOf(text, flat);
  if (!command || text === command.path) return { stage: "command", query: text.slice(1) };
  const { options, stray } = optionsIn(text, command);
  const given = options.map((option) => option.spec.name);
  const last = options.at(-1);
  if (!last) return { stage: "option", command, query: stray, given };
  const quotedAndDone = /^\s*"(?:\\["\\]|[^"])*"\s+/.exec(text.slice(last.valueStart));
  const tail = quotedAndDone ? text.slice(last.valueStart + quotedAndDone[0].length) : null;
  if (tail !== null) return { stage: "option", command, query: tail, given };
  return { stage: "value", command, spec: last.spec, query: last.value.replace(/^"/, ""), valueStart: last.valueStart, open: /\s$/.test(text) && last.value !== "", given };
}

/** A value as it must be written so that it ends where it should. */
export function written(value, command) {
  const text = String(value);
  const ends = command.options.some((option) => new RegExp(`\\s${option.name.replace(/[^\p{L}\p{N}_-]/gu, "")}:`, "u").test(text));
  const plain = text !== "" && text === text.trim() && !text.startsWith('"') && !ends;
  return plain ? text : `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

/** How well `candidate` fits `query`: 0 not at all, higher is better. */
export function fits(candidate, query) {
  const [text, wanted] = [candidate.toLowerCase(), query.toLowerCase().trim()];
  if (wanted === "") return 1;
  if (text.startsWith(wanted)) return 4;
  const words = text.split(/[\s/_-]+/);
  if (words.some((word) => word.startsWith(wanted))) return 3;
  if (wanted.split(/\s+/).every((part) => words.some((word) => word.startsWith(part)))) return 3;
  return text.includes(wanted) ? 2 : 0;
}
