// What opens over the page: menus, lists to choose from, and the question before something is done.

import { h, icon } from "./dom.js";
import { textOf } from "./mrkdwn.js";

const MANY = 10; // options from which on there is a search field
const MOST_SHOWN = 300;
const CHECK = "m8.3 14.8-4.6-4.6 1.3-1.3 3.3 3.3 6.7-6.7 1.3 1.3z";

let made = 0;

/** An id that no other element has. */
export const uid = (kind) => `${kind}-${++made}`;

/**
 * Lets a press on `opener` (or an arrow key) open what `draw(close)` answers, `{pop, focus}`, beside `anchor`; pressed
 * again, it closes.
 */
export function opens(opener, draw, anchor = opener) {
  let pop = null;
  let wasOpen = false;
  opener.setAttribute("aria-expanded", "false");
  const show = () => {
    const drawn = draw(() => pop?.hidePopover());
    pop = drawn.pop;
    popUp(opener, anchor, pop, () => (pop = null));
    drawn.focus();
  };
  opener.addEventListener("pointerdown", () => (wasOpen = pop !== null));
  opener.addEventListener("click", () => {
    if (!wasOpen && pop === null && opener.getAttribute("aria-busy") !== "true") show();
    wasOpen = false;
  });
  opener.addEventListener("keydown", (event) => {
    if (pop || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    opener.click();
  });
}

/** Shows a popover until Escape, or a press elsewhere; the focus goes back to the opener. */
function popUp(opener, anchor, pop, gone) {
  const move = (event) => {
    if (!pop.contains(event?.target)) place(anchor, pop);
  };
  let inside = false;
  pop.setAttribute("popover", "auto");
  pop.addEventListener("keydown", (event) => {
    if (event.key === "Tab") pop.hidePopover();
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    pop.hidePopover();
  });
  pop.addEventListener("beforetoggle", (event) => {
    if (event.newState === "open") return;
    inside = pop.contains(document.activeElement);
    gone();
  });
  pop.addEventListener("toggle", (event) => {
    if (event.newState === "open") return;
    removeEventListener("scroll", move, true);
    removeEventListener("resize", move);
    pop.remove();
    opener.setAttribute("aria-expanded", "false");
    opener.removeAttribute("aria-controls");
    if (inside && document.activeElement === document.body) opener.focus();
  });
  opener.after(pop);
  pop.showPopover();
  opener.setAttribute("aria-expanded", "true");
  opener.setAttribute("aria-controls", pop.id);
  addEventListener("scroll", move, true);
  addEventListener("resize", move);
  place(anchor, pop);
}

/** Puts a popover under its anchor, or above it where there is more room, inside the window. */
function place(anchor, pop) {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - 12;
  const above = box.top - 12;
  pop.style.minWidth = `${Math.max(box.width, 180)}px`;
  pop.style.maxHeight = "";
  const up = below < pop.offsetHeight && above > below;
  pop.style.maxHeight = `${Math.max(120, up ? above : below)}px`;
  pop.style.top = up ? "auto" : `${box.bottom + 4}px`;
  pop.style.bottom = up ? `${innerHeight - box.top + 4}px` : "auto";
  pop.style.left = `${Math.max(8, Math.min(box.left, innerWidth - pop.offsetWidth - 8))}px`;
}

/** A menu for `opens`: `items` are `{text, run}`; arrow keys move, Enter runs. */
export function menu(label, items, close) {
  const pop = h("div", { class: "block-menu", role: "menu", id: uid("menu"), "aria-label": label });
  for (const { text, run } of items) {
    const chosen = () => {
      close();
      run();
    };
    const props = { type: "button", role: "menuitem", tabindex: "-1", class: "block-menu-item", onClick: chosen };
    pop.append(h("button", props, text));
  }
  pop.addEventListener("keydown", (event) => {
    const all = [...pop.children];
    const next = stepped(event.key, all.indexOf(document.activeElement), all.length);
    if (next === null) return;
    event.preventDefault();
    all[next].focus();
  });
  return { pop, focus: () => pop.firstChild?.focus() };
}

/**
 * A list to choose from, for `opens`. `choices` are `{value, text, detail, group}`; `chosen` is a Set of values; `most`
 * is how many may be chosen, null for exactly one; `pick(choice)` hears each choice, and has changed `chosen` when it
 * returns.
 */
export function listbox(label, { choices, chosen, most, pick }, close) {
  const many = most !== null;
  const id = uid("list");
  const list = h("div", { class: "block-options", role: "listbox", id, tabindex: "-1", "aria-label": label });
  if (many) list.setAttribute("aria-multiselectable", "true");
  const search = choices.length > MANY ? searchOf(label, id) : null;
  const holder = search ?? list;
  const pop = h("div", { class: "block-menu block-listbox", id: uid("menu") }, search, list);
  let shown = [];
  let at = 0;

  function draw() {
    const wanted = (search?.value ?? "").trim().toLowerCase();
    const found = choices.filter(({ text, group }) => `${text}\n${group ?? ""}`.toLowerCase().includes(wanted));
    shown = found.slice(0, MOST_SHOWN).map((choice) => ({ choice, node: optionOf(choice) }));
    list.replaceChildren(...grouped(shown));
    const none = { class: "block-option", role: "option", "aria-disabled": "true", "aria-selected": "false" };
    if (!found.length) list.append(h("div", none, "No results"));
    const more = found.length - shown.length;
    const note = { class: "block-options-more", "aria-hidden": "true" };
    if (more) list.append(h("div", note, `${more} more. Type to find them.`));
  }

  function optionOf(choice) {
    const taken = () => take(choice);
    const detail = choice.detail ? h("small", {}, choice.detail) : null;
    const words = h("span", { class: "block-option-text", dir: "auto" }, choice.text, detail);
    const props = { class: "block-option", role: "option", id: uid("option"), onClick: taken };
    const node = h("div", props, words, icon(CHECK));
    node.addEventListener("mousemove", () => move(shown.findIndex((one) => one.node === node), false));
    return mark(choice, node);
  }

  function mark(choice, node) {
    const on = chosen.has(choice.value);
    node.setAttribute("aria-selected", String(on));
    if (many && !on && chosen.size >= most) node.setAttribute("aria-disabled", "true");
    else node.removeAttribute("aria-disabled");
    return node;
  }

  function move(to, scroll = true) {
    shown[at]?.node.classList.remove("active");
    at = to;
    const node = shown[at]?.node;
    if (!node) return holder.removeAttribute("aria-activedescendant");
    node.classList.add("active");
    holder.setAttribute("aria-activedescendant", node.id);
    if (scroll) node.scrollIntoView({ block: "nearest" });
  }

  function take(choice) {
    if (!choice || (many && !chosen.has(choice.value) && chosen.size >= most)) return;
    if (!many) close();
    pick(choice);
    if (many) for (const one of shown) mark(one.choice, one.node);
  }

  pop.addEventListener("keydown", (event) => {
    const next = search && ["Home", "End"].includes(event.key) ? null : stepped(event.key, at, shown.length);
    const letter = !search && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey;
    if (next !== null) move(next);
    else if (event.key === "Enter" || (event.key === " " && !search)) take(shown[at]?.choice);
    else if (letter) move(startingWith(event.key, at));
    else return;
    event.preventDefault();
  });

  /** The next option that begins with a letter; where it is, if there is none. */
  function startingWith(letter, from) {
    const order = [...shown.keys()].map((index) => (from + 1 + index) % shown.length);
    return order.find((index) => shown[index].choice.text.toLowerCase().startsWith(letter.toLowerCase())) ?? from;
  }

  search?.addEventListener("input", () => {
    draw();
    move(0);
  });
  draw();
  const first = Math.max(0, shown.findIndex(({ choice }) => chosen.has(choice.value)));
  return {
    pop,
    focus: () => {
      holder.focus();
      move(first);
    },
  };
}

function searchOf(label, list) {
  return h("input", {
    type: "text",
    class: "block-options-search",
    role: "combobox",
    autocomplete: "off",
    placeholder: "Search",
    "aria-label": `Search: ${label}`,
    "aria-expanded": "true",
    "aria-autocomplete": "list",
    "aria-controls": list,
  });
}

/** Options as nodes, under the names of their groups. */
function grouped(shown) {
  const nodes = [];
  let group = null;
  for (const { choice, node } of shown) {
    if (!choice.group) nodes.push(node);
    else {
      if (group?.name !== choice.group) {
        const id = uid("group");
        const title = h("div", { class: "block-options-group", id, role: "presentation" }, choice.group);
        group = { name: choice.group, node: h("div", { role: "group", "aria-labelledby": id }, title) };
        nodes.push(group.node);
      }
      group.node.append(node);
    }
  }
  return nodes;
}

function stepped(key, at, count) {
  if (!count) return null;
  if (key === "ArrowDown") return (at + 1) % count;
  if (key === "ArrowUp") return (at - 1 + count) % count;
  return { Home: 0, End: count - 1 }[key] ?? null;
}

/** Asks before something is done, as Block Kit's `confirm` says; whether the person goes on. */
export function confirmed(confirm, context) {
  return new Promise((answer) => {
    const title = uid("confirm");
    const text = uid("confirm");
    const button = (words, kind, answered) => {
      const props = { type: "button", class: `element-button ${kind}`, onClick: () => dialog.close(answered) };
      return h("button", props, textOf(words, context));
    };
    const style = confirm.style === "danger" ? "danger" : "primary";
    const dialog = h(
      "dialog",
      { class: "confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": text },
      h("h2", { id: title, dir: "auto" }, textOf(confirm.title, context)),
      h("div", { class: "confirm-text", id: text, dir: "auto" }, textOf(confirm.text, context)),
      h("div", { class: "confirm-foot" }, button(confirm.deny, "", "no"), button(confirm.confirm, style, "yes")),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
