// A select menu of a message: one choice or several, from a list that opens under it.
// Native selects cannot show descriptions, so this is a listbox of our own with the same keys.

import { h, icon } from "./dom.js";
import { shownChannels, world } from "./world.js";

const STRING = 3;

function optionsOf(part) {
  if (part.type === STRING) return part.options ?? [];
  const people = world.users.map((user) => ({ label: `@${user.name}`, value: user.id }));
  const roles = world.roles.map((role) => ({ label: `@${role.name}`, value: role.id }));
  const channels = shownChannels().map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
  return { 5: people, 6: roles, 7: [...people, ...roles], 8: channels }[part.type] ?? [];
}

/** Choices begun and not made, by menu: a message that is drawn again must not take them out of one's hand. */
const begun = new Map();

/** The menu as a node; `choose(values)` is called once a valid choice is made. `place` tells this menu from others. */
export function picker(part, choose, place) {
  const options = optionsOf(part);
  const least = part.min_values ?? 1;
  const most = part.max_values ?? 1;
  const several = most > 1 || least === 0;
  const key = `${place}:${part.custom_id}`;
  const values = new Set(options.map((option) => option.value));
  const before = begun.get(key)?.filter((value) => values.has(value));
  const chosen = new Set(before ?? options.filter((option) => option.default).map((option) => option.value));

  const caption = h("span", { class: "picker-caption" });
  const opener = h("button", { class: "picker-open", type: "button", disabled: part.disabled, "aria-haspopup": "listbox", "aria-expanded": "false", data: { key: part.custom_id } }, caption, icon("down"));
  const rows = options.map((option) => row(option, several));
  const hint = h("span", { class: "picker-hint" }, several ? `Choose ${least === most ? most : `${least} to ${most}`}` : "");
  const done = h("button", { class: "press primary", type: "button" }, "Choose");
  const list = h("div", { class: "picker-list", role: "listbox", "aria-multiselectable": several ? "true" : null, "aria-label": part.placeholder || "Choose" }, rows);
  const panel = h("div", { class: "picker-panel", hidden: true }, list, several ? h("div", { class: "picker-foot" }, hint, done) : null);
  const node = h("div", { class: "picker" }, opener, panel);

  function draw() {
    const labels = options.filter((option) => chosen.has(option.value)).map((option) => option.label);
    caption.textContent = labels.length ? labels.join(", ") : part.placeholder || "Make a choice";
    caption.classList.toggle("unset", labels.length === 0);
    rows.forEach((one, at) => {
      const on = chosen.has(options[at].value);
      one.setAttribute("aria-selected", String(on));
      // Once the most is reached, the others wait until one is taken back.
      one.setAttribute("aria-disabled", String(several && !on && chosen.size >= most));
    });
    done.disabled = chosen.size < least || chosen.size > most;
  }

  const pressedElsewhere = (event) => {
    if (!node.contains(event.target)) show(false);
  };

  function show(open) {
    panel.hidden = !open;
    // Listens only while open: a redrawn message must leave nothing behind.
    if (open) document.addEventListener("pointerdown", pressedElsewhere);
    else document.removeEventListener("pointerdown", pressedElsewhere);
    opener.setAttribute("aria-expanded", String(open));
    node.closest(".message")?.classList.toggle("raised", open);
    if (open) panel.scrollIntoView({ block: "nearest" });
    if (open) (rows.find((one) => one.getAttribute("aria-selected") === "true") ?? rows[0])?.focus();
  }

  async function finish(values) {
    begun.delete(key);
    show(false);
    opener.focus();
    opener.setAttribute("aria-busy", "true");
    await choose(values);
    opener.removeAttribute("aria-busy");
  }

  function toggle(at) {
    const { value } = options[at];
    if (!several) {
      chosen.clear();
      chosen.add(value);
      draw();
      finish([value]);
      return;
    }
    if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < most) chosen.add(value);
    begun.set(key, [...chosen]);
    draw();
  }

  rows.forEach((one, at) => one.addEventListener("click", () => toggle(at)));
  opener.addEventListener("click", () => show(panel.hidden));
  done.addEventListener("click", () => finish(options.filter((option) => chosen.has(option.value)).map((option) => option.value)));
  node.addEventListener("keydown", (event) => {
    const at = rows.indexOf(document.activeElement);
    if (event.key === "Escape" && !panel.hidden) {
      event.stopPropagation();
      show(false);
      opener.focus();
    } else if (event.key === "ArrowDown" && document.activeElement === opener) {
      event.preventDefault();
      show(true);
    } else if (at >= 0 && ["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
      event.preventDefault();
      const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
      rows[(next + rows.length) % rows.length].focus();
    }
  });
  node.addEventListener("focusout", (event) => {
    if (!panel.hidden && event.relatedTarget && !node.contains(event.relatedTarget)) show(false);
  });
  draw();
  return node;
}

function row(option, several) {
  return h("button", { class: "picker-row", type: "button", role: "option", tabindex: "-1" },
    h("span", { class: several ? "tick several" : "tick", "aria-hidden": "true" }, icon("check")),
    option.emoji?.name ? h("span", { class: "emoji", "aria-hidden": "true" }, option.emoji.name) : null,
    h("span", { class: "picker-words" }, h("span", {}, option.label), option.description ? h("small", {}, option.description) : null));
}
