// What lies over the page: dialogs, the bot's forms, enlarged pictures, menus, and short notes.
// All of it goes away with Esc and gives the focus back.

import { byId, fill, h, icon, roving } from "./dom.js";
import { inline } from "./markdown.js";

/** Opens a native dialog with a title and returns it; it removes itself when closed. */
export function dialog(title, classes, ...children) {
  const close = h("button", { class: "quiet icon-only", type: "button", "aria-label": "Close" }, icon("close"));
  const node = h("dialog", { class: `dialog ${classes}`, "aria-label": title },
    h("div", { class: "dialog-head" }, h("h2", {}, title), close), children);
  close.addEventListener("click", () => node.close());
  node.addEventListener("click", (event) => {
    if (event.target === node && node.dataset.loose !== "no") node.close();
  });
  node.addEventListener("close", () => node.remove());
  document.body.append(node);
  node.showModal();
  return node;
}

/** A picture in full, with its description in words beneath. */
export function enlarge(source, alt) {
  const caption = alt ? h("figcaption", {}, alt) : null;
  const zoom = h("button", { class: "viewer-frame", type: "button", "aria-pressed": "false", title: "Full size, or fitted" }, h("img", { src: source, alt: alt ?? "" }));
  zoom.addEventListener("click", () => zoom.setAttribute("aria-pressed", String(zoom.getAttribute("aria-pressed") !== "true")));
  dialog(alt ? "Picture" : "Picture without a description", "viewer",
    h("figure", {}, zoom, caption));
}

/** Asks before something that cannot be taken back; whether to go on. */
export function confirm(title, words, go) {
  return new Promise((decide) => {
    let sure = false;
    const yes = h("button", { class: "press danger", type: "button" }, go);
    const no = h("button", { class: "press secondary", type: "button" }, "Cancel");
    const node = dialog(title, "sheet", h("p", { class: "lead" }, words), h("div", { class: "form-foot" }, no, yes));
    yes.addEventListener("click", () => { sure = true; node.close(); });
    no.addEventListener("click", () => node.close());
    node.addEventListener("close", () => decide(sure));
    no.focus();
  });
}

/** A short note in a corner; `action` is `{label, run}`. */
export function toast(words, action) {
  const node = h("div", { class: "toast" }, h("span", {}, inline(words)));
  const away = () => node.remove();
  if (action) {
    node.append(h("button", { class: "press secondary", type: "button", on: { click: () => { away(); action.run(); } } }, action.label));
  }
  node.append(h("button", { class: "quiet icon-only", type: "button", "aria-label": "Dismiss", on: { click: away } }, icon("close")));
  byId("toasts").append(node);
  const most = innerWidth < 760 ? 1 : 3;
  while (byId("toasts").children.length > most) byId("toasts").firstChild.remove();
  let timer = setTimeout(away, action ? 9000 : 5000);
  node.addEventListener("pointerenter", () => clearTimeout(timer));
  node.addEventListener("focusin", () => clearTimeout(timer));
  node.addEventListener("pointerleave", () => { timer = setTimeout(away, 3000); });
}

/** Notes about another place are stale once one has gone somewhere. */
export const clearToasts = () => byId("toasts").replaceChildren();

let openMenu = null;

/** A menu at a control; `entries` are `{label, detail, run}` or `{title}`. */
export function menu(anchor, label, entries) {
  openMenu?.close(false);
  const rows = entries.map((entry) => (entry.title
    ? h("div", { class: "menu-title", role: "presentation" }, entry.title)
    : h("button", { class: "menu-row", type: "button", role: "menuitem", tabindex: "-1", on: { click: () => { close(); entry.run(); } } }, h("span", {}, entry.label), entry.detail ? h("small", {}, entry.detail) : null)));
  const node = h("div", { class: "menu", role: "menu", "aria-label": label }, rows);
  roving(node, "[role=menuitem]");

  function close(refocus = true) {
    openMenu = null;
    node.remove();
    anchor.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (refocus && anchor.isConnected) anchor.focus();
  }
  const outside = (event) => {
    if (!node.contains(event.target)) close(false);
  };
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  });
  document.body.append(node);
  const at = anchor.getBoundingClientRect();
  const width = node.offsetWidth;
  node.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
  const below = at.bottom + 6 + node.offsetHeight < innerHeight;
  node.style.top = `${Math.max(8, below ? at.bottom + 6 : at.top - node.offsetHeight - 6)}px`;
  anchor.setAttribute("aria-expanded", "true");
  document.addEventListener("pointerdown", outside, true);
  openMenu = { close };
  node.querySelector("[role=menuitem]")?.focus();
}

// ── The bot's forms ────────────────────────────────────────────────────────────────────────────

const TEXT_INPUT = 4;
const PARAGRAPH = 2;

/** Text inputs of a modal, whether they stand in action rows or under labels. */
function inputsOf(modal) {
  return (modal.components ?? []).flatMap((row) => {
    const inner = row.component ? [row.component] : row.components ?? [];
    return inner.filter((part) => part.type === TEXT_INPUT).map((part) => ({ ...part, label: part.label ?? row.label, description: row.description }));
  });
}

/** Shows a modal of the bot; `submit(fields)` answers `{ok, error}`. */
export function form(modal, submit) {
  const inputs = inputsOf(modal).map(field);
  const wrong = h("div", { class: "complaint", role: "alert", hidden: true });
  const go = h("button", { class: "press primary", type: "submit" }, "Submit");
  const cancel = h("button", { class: "press secondary", type: "button" }, "Cancel");
  const sheet = h("form", { class: "form", novalidate: true }, inputs.map((input) => input.node), wrong, h("div", { class: "form-foot" }, cancel, go));
  const node = dialog(modal.title ?? "A question", "sheet", sheet);
  // A stray press outside must not throw an answer away.
  node.dataset.loose = "no";
  cancel.addEventListener("click", () => node.close());
  sheet.addEventListener("submit", async (event) => {
    event.preventDefault();
    const unfit = inputs.filter((input) => !input.check());
    if (unfit.length) {
      unfit[0].box.focus();
      return;
    }
    go.setAttribute("aria-busy", "true");
    const answer = await submit(Object.fromEntries(inputs.map((input) => [input.id, input.box.value])));
    go.removeAttribute("aria-busy");
    if (answer.ok) {
      node.close();
      return;
    }
    wrong.hidden = false;
    fill(wrong, h("span", {}, inline(answer.error ?? "That did not work.")));
  });
  inputs[0]?.box.focus();
}

function field(part) {
  const least = part.min_length ?? 0;
  const most = part.max_length ?? 4000;
  const needed = part.required !== false;
  const id = `field-${part.custom_id}`;
  const count = h("span", { class: "count", "aria-hidden": "true" });
  const wrong = h("span", { class: "wrong", id: `${id}-wrong`, role: "alert" });
  const shared = { id, maxlength: most, placeholder: part.placeholder, value: part.value ?? "", "aria-describedby": `${id}-wrong`, "aria-required": String(needed) };
  const box = part.style === PARAGRAPH ? h("textarea", { ...shared, rows: 6 }) : h("input", { ...shared, type: "text", autocomplete: "off" });
  const length = () => [...box.value].length;
  const draw = () => { count.textContent = most <= 300 || length() > most * 0.8 || least ? `${length()} / ${most}` : ""; };
  const check = () => {
    let words = "";
    if (needed && box.value.trim() === "") words = "Please write something here.";
    else if (box.value && length() < least) words = `A little longer, please: at least ${least} characters.`;
    wrong.textContent = words;
    box.setAttribute("aria-invalid", String(words !== ""));
    return words === "";
  };
  box.addEventListener("input", () => {
    draw();
    if (wrong.textContent) check();
  });
  draw();
  const node = h("div", { class: "field" },
    h("label", { for: id }, part.label ?? part.custom_id, needed ? h("span", { class: "star", "aria-hidden": "true" }, " *") : h("span", { class: "optional" }, " may be left empty")),
    part.description ? h("p", { class: "field-help" }, part.description) : null,
    box, h("div", { class: "field-foot" }, wrong, count));
  return { id: part.custom_id, node, box, check };
}
