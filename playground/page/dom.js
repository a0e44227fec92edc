// Builds DOM nodes. Everything the server sends is untrusted, so text only ever becomes text nodes:
// nothing on this page parses HTML. What the nodes mean is decided by the callers.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `h("button", {class: "quiet", on: {click}}, "Words", node, null)`. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === "data") {
      Object.assign(node.dataset, value);
    } else if (name === "value") {
      node.value = value;
    } else {
      node.setAttribute(name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Replaces everything inside `node`. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

export const byId = (id) => document.getElementById(id);

const PATHS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  thread: "M5 4v9a3 3 0 0 0 3 3h11m-4-4 4 4-4 4",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zm0 0v1.5a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7",
  send: "M4 12 20 4l-5 16-3.5-6.5zM11.500 13.500 20 4",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.400 1.400M17.600 17.600 19 19M19 5l-1.400 1.400M6.400 17.600 5 19",
  moon: "M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z",
  auto: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 8l6-2.500M12 13l8.500-2.500M12 18l7.500-2.500",
  help: "M9.200 9a3 3 0 1 1 4.300 2.900c-1 .5-1.500 1.100-1.500 2.300M12 17.800v.2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  more: "M5.500 12a1 1 0 1 0 .01 0zM12 12a1 1 0 1 0 .01 0zM18.500 12a1 1 0 1 0 .01 0z",
  down: "m6 9 6 6 6-6",
  eye: "M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6zm9 2.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  file: "M7 3h7l4 4v14H7zM14 3v5h4",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.500 14a4 4 0 0 0 7 0M9 9.500h.01M15 9.500h.01",
  pin: "M12 17v5M8 3h8l-1 7 3 4v3H6v-3l3-4z",
  people: "M9 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a4 4 0 0 1 0 7M18.500 14.500a6.500 6.500 0 0 1 3 5.500",
  calendar: "M4 6h16v14H4zM4 10.500h16M8 3v4M16 3v4",
  forum: "M4 4h12v9H9l-4 3.500V13H4zM10 16.500h5l4 3.500v-3.500h1V9h-2",
  voice: "M4 9.500v5h3.500L12 18V6L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11",
  check: "m5 12.500 4.500 4.500L19 7.500",
};

/** A line icon; decorative, so the control around it carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name] ?? PATHS.more);
  svg.append(path);
  return svg;
}

/** Makes a list of buttons one tab stop, moved through with the arrow keys, Home and End. */
export function roving(container, selector) {
  container.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
    const items = [...container.querySelectorAll(selector)];
    const at = items.indexOf(document.activeElement);
    if (at < 0) return;
    let next = at;
    if (event.key in steps) next = (at + steps[event.key] + items.length) % items.length;
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = items.length - 1;
    else return;
    event.preventDefault();
    items[next].focus();
  });
}

/** Remembers small things between visits; without storage they last for this visit. */
export const memory = {
  fallback: new Map(),
  get(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return this.fallback.get(key) ?? null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      this.fallback.set(key, value);
    }
  },
  /** Everything whose name begins so. */
  forget(prefix) {
    try {
      Object.keys(localStorage).filter((key) => key.startsWith(prefix)).forEach((key) => localStorage.removeItem(key));
    } catch {
      [...this.fallback.keys()].filter((key) => key.startsWith(prefix)).forEach((key) => this.fallback.delete(key));
    }
  },
};
