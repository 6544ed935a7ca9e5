// The interactive elements of Block Kit. One that holds a value carries `data-holds`; `stateOf` tells what it holds.

import { h } from "./dom.js";
import { confirmed, listbox, menu, opens, uid } from "./menus.js";
import { linkOf, textOf } from "./mrkdwn.js";

const TYPING = 700; // milliseconds after which somebody who edits a date is done with it
const CLEAR = "✕";
const held = new WeakMap();

/**
 * An element as a node. `labels` says how it is labelled where it stands in an input block: `id`, `label` and
 * `described` (ids), and whether it is `optional`.
 */
export function drawElement(block, one, context, labels = null) {
  const draw = DRAW[one.type];
  if (!draw) return h("span", { class: "element-unknown" }, `This element (${one.type}) cannot be shown here.`);
  const node = draw({ block, one, context, labels });
  if (one.type !== "image") Object.assign(node.dataset, { blockId: block.block_id, actionId: one.action_id });
  return node;
}

/** What a node with `data-holds` holds, as Slack's state object. */
export const stateOf = (node) => held.get(node)();

/** An image, or what it shows in words where it cannot be loaded. */
export function drawImage(image, kind) {
  const file = image.slack_file;
  const id = file?.id ?? /F[A-Z0-9]{8,}/.exec(file?.url ?? "")?.[0] ?? "";
  const src = image.image_url ?? `/files/${encodeURIComponent(id)}`;
  return h("img", { class: kind, src, alt: image.alt_text, loading: "lazy", referrerpolicy: "no-referrer" });
}

const DRAW = {
  button,
  overflow,
  image: ({ one }) => drawImage(one, "element-image"),
  static_select: select,
  users_select: select,
  conversations_select: select,
  channels_select: select,
  multi_static_select: several,
  multi_users_select: several,
  multi_conversations_select: several,
  multi_channels_select: several,
  external_select: external,
  multi_external_select: external,
  checkboxes: boxes,
  radio_buttons: boxes,
  datepicker: (its) => picker(its, "date", "selected_date", "initial_date"),
  timepicker: (its) => picker(its, "time", "selected_time", "initial_time"),
  datetimepicker: moment,
  plain_text_input: (its) => typed(its, "text"),
  number_input: (its) => typed(its, "text"),
  email_text_input: (its) => typed(its, "email"),
  url_text_input: (its) => typed(its, "url"),
};

// -- what they have in common -------------------------------------------------------------------------------

function holding(node, one, name, value) {
  node.dataset.holds = name;
  held.set(node, () => ({ type: one.type, [name]: value() }));
  return node;
}

function before({ block, one, context }, name, start) {
  const known = context.state?.[block.block_id]?.[one.action_id];
  return known?.type === one.type && name in known ? known[name] : one[start];
}

/** Tells the bot what was pressed or chosen, where it is to be told, and opens `url`; false if it was taken back. */
async function tell({ block, one, context, labels }, value, node, url) {
  if (labels && !block.dispatch_action) return true;
  if (one.confirm && !(await confirmed(one.confirm, context))) return false;
  if (url && !context.follow?.(url)) linkOf(url).click();
  node.setAttribute("aria-busy", "true");
  try {
    await context.act(block, one, value);
  } finally {
    node.removeAttribute("aria-busy");
  }
  return true;
}

/** The attributes that name a field, and say whether it may be empty or used at all. */
function named({ one, context, labels }, otherwise) {
  const disabled = Boolean(context.disabled);
  if (!labels) return { "aria-label": one.placeholder?.text ?? otherwise, disabled };
  const required = labels.optional ? null : "true";
  return { id: labels.id, "aria-describedby": labels.described, "aria-required": required, disabled };
}

function focusedOnLoad(one) {
  return one.focus_on_load ? { focusOnLoad: "" } : {};
}

// -- buttons ------------------------------------------------------------------------------------------------

function button(its) {
  const { one, context } = its;
  const press = async () => {
    if (node.getAttribute("aria-busy") === "true") return;
    await tell(its, one.value ?? null, node, one.url);
  };
  const style = ["primary", "danger"].includes(one.style) ? ` ${one.style}` : "";
  const node = h(
    "button",
    {
      type: "button",
      class: `element-button${style}`,
      "aria-label": one.accessibility_label,
      disabled: Boolean(context.disabled),
      onClick: press,
    },
    h("span", { dir: "auto" }, textOf(one.text, context)),
  );
  return node;
}

function overflow(its) {
  const { one, context } = its;
  const node = h(
    "button",
    {
      type: "button",
      class: "element-button element-overflow",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      disabled: Boolean(context.disabled),
    },
    h("span", { "aria-hidden": "true" }, "⋯"),
  );
  opens(node, (close) => {
    const items = one.options.map((option) => ({
      text: textOf(option.text, context),
      run: () => tell(its, option.value, node, option.url),
    }));
    return menu("More options", items, close);
  });
  return node;
}

// -- selects ------------------------------------------------------------------------------------------------

const NOUNS = { users: "user", conversations: "conversation", channels: "channel" };

function sourceOf(one) {
  return one.type.replace("multi_", "").replace("_select", "");
}

/** The names of a select's value in its state, and of what it starts with. */
function names(one) {
  const noun = `${NOUNS[sourceOf(one)] ?? "option"}${one.type.startsWith("multi_") ? "s" : ""}`;
  return [`selected_${noun}`, `initial_${noun}`];
}

/** The choices of a select: `{value, text, detail, group, held}`, where `held` is what its state names. */
function choicesOf(one, context) {
  const people = () =>
    [...(context.people ?? new Map()).values()]
      .filter(({ deleted }) => !deleted)
      .map(({ id, real_name: text, title: detail }) => ({ value: id, text, detail, held: id }));
  const channels = () =>
    [...(context.channels ?? new Map())]
      .filter(([, { kind }]) => kind !== "im")
      .map(([id, { name }]) => ({ value: id, text: `#${name}`, held: id }));
  const source = sourceOf(one);
  if (source === "users") return people();
  if (source in NOUNS) return channels();
  const groups = one.option_groups ?? [{ options: one.options ?? [] }];
  return groups.flatMap(({ label, options }) =>
    options.map((option) => ({
      value: option.value,
      text: option.text.text,
      detail: option.description?.text,
      group: label?.text,
      held: option,
    })),
  );
}

/** The choices, and with them what is chosen already although it is no longer offered. */
function choicesWith(one, context, chosen) {
  const choices = choicesOf(one, context);
  const known = new Set(choices.map(({ value }) => value));
  const gone = chosen.filter((value) => sourceOf(one) !== "static" && !known.has(value));
  const nameOf = (id) => context.people?.get(id)?.real_name ?? id;
  return [...choices, ...gone.map((value) => ({ value, text: nameOf(value), held: value }))];
}

/** The button that opens a select's list; in a form it is the field that the label names. */
function openerOf({ one, context, labels }, words, kind) {
  const name = one.placeholder?.text ?? words;
  const props = labels
    ? { role: "combobox", id: labels.id, "aria-labelledby": labels.label, "aria-describedby": labels.described }
    : { "aria-label": name };
  const disabled = Boolean(context.disabled);
  return h("button", { type: "button", class: kind, "aria-haspopup": "listbox", disabled, ...props });
}

function select(its) {
  const { one, context, labels } = its;
  const [name, start] = names(one);
  const now = before(its, name, start);
  const choices = choicesWith(one, context, now ? [now.value ?? now] : []);
  const words = one.placeholder?.text ?? "Choose an option";
  const opener = openerOf(its, words, "element-select-open");
  const clear = h("button", { type: "button", class: "element-clear", "aria-label": "Clear the choice" }, CLEAR);
  clear.addEventListener("click", () => pick(null));
  const node = h("div", { class: "element-select", dataset: focusedOnLoad(one) }, opener, clear);
  let chosen = choices.find(({ value }) => value === (now?.value ?? now)) ?? null;

  function draw() {
    const kind = chosen ? "element-value" : "element-placeholder";
    opener.replaceChildren(h("span", { class: kind, dir: "auto" }, chosen?.text ?? words));
    if (!labels) opener.setAttribute("aria-label", chosen ? `${words}: ${chosen.text}` : words);
    clear.hidden = !chosen || !labels?.optional || Boolean(context.disabled);
  }

  async function pick(choice) {
    const last = chosen;
    chosen = choice;
    draw();
    if (!choice) opener.focus();
    if (choice?.value === last?.value || (await tell(its, choice?.value ?? null, opener))) return;
    chosen = last;
    draw();
  }

  const label = one.placeholder?.text ?? "Options";
  opens(opener, (close) => {
    const asked = { choices, chosen: new Set(chosen ? [chosen.value] : []), most: null, pick };
    return listbox(label, asked, close);
  });
  draw();
  return holding(node, one, name, () => chosen?.held ?? null);
}

/** Several of many: what is chosen as chips, and a list that stays open while it is chosen from. */
function several(its) {
  const { one, context } = its;
  const [name, start] = names(one);
  const values = (before(its, name, start) ?? []).map((each) => each.value ?? each);
  const choices = choicesWith(one, context, values);
  const chosen = new Set(values.filter((value) => choices.some((choice) => choice.value === value)));
  const words = one.placeholder?.text ?? "Choose options";
  const opener = openerOf(its, words, "element-several-open");
  const chips = h("span", { class: "element-chips" });
  const node = h("div", { class: "element-several", dataset: focusedOnLoad(one) }, chips, opener);
  const picked = () => choices.filter(({ value }) => chosen.has(value));

  function draw() {
    chips.replaceChildren(...picked().map(chip));
    opener.replaceChildren(h("span", { class: "element-placeholder", dir: "auto" }, chosen.size ? "Add more" : words));
  }

  function chip(choice) {
    const remove = () => {
      turn(choice);
      opener.focus();
    };
    const props = { "aria-label": `Remove ${choice.text}`, disabled: Boolean(context.disabled), onClick: remove };
    const button = h("button", { type: "button", ...props }, CLEAR);
    return h("span", { class: "element-chip" }, h("span", { dir: "auto" }, choice.text), button);
  }

  function flip({ value }) {
    if (!chosen.delete(value)) chosen.add(value);
    draw();
  }

  async function turn(choice) {
    flip(choice);
    if (!(await tell(its, [...chosen], opener))) flip(choice);
  }

  const most = one.max_selected_items ?? Infinity;
  const list = (close) => listbox(one.placeholder?.text ?? "Options", { choices, chosen, most, pick: turn }, close);
  opens(opener, list, node);
  draw();
  return holding(node, one, name, () => picked().map((choice) => choice.held));
}

/** A select whose options the app would have to be asked for: they are typed, several with commas between them. */
function external(its) {
  const { one } = its;
  const many = one.type.startsWith("multi_");
  const [name, start] = names(one);
  const now = [before(its, name, start) ?? []].flat();
  const props = { type: "text", class: "element-field", placeholder: one.placeholder?.text, dir: "auto" };
  const node = h("input", { ...props, ...named(its, "Type to choose") });
  node.value = now.map(({ value }) => value).join(", ");
  const words = () => (many ? node.value.split(",") : [node.value]).map((word) => word.trim()).filter(Boolean);
  const option = (value) =>
    now.find((known) => known.value === value) ?? { text: { type: "plain_text", text: value }, value };
  node.addEventListener("change", () => tell(its, many ? words() : (words()[0] ?? null), node));
  return holding(node, one, name, () => (many ? words().map(option) : words().length ? option(words()[0]) : null));
}

// -- boxes --------------------------------------------------------------------------------------------------

function boxes(its) {
  const { one, context, labels } = its;
  const many = one.type === "checkboxes";
  const name = many ? "selected_options" : "selected_option";
  const start = before(its, name, many ? "initial_options" : "initial_option") ?? [];
  const now = [start].flat().map(({ value }) => value);
  const group = uid("boxes");
  const labelled = labels
    ? { id: labels.id, "aria-labelledby": labels.label, "aria-describedby": labels.described }
    : { "aria-label": "Options" };
  const node = h("div", {
    class: "element-boxes",
    role: many ? "group" : "radiogroup",
    "aria-required": labels && !labels.optional && !many ? "true" : null,
    ...labelled,
  });
  const inputs = one.options.map((option) => {
    const id = uid("box");
    const input = h("input", {
      type: many ? "checkbox" : "radio",
      name: group,
      value: option.value,
      disabled: Boolean(context.disabled),
      "aria-labelledby": id,
      "aria-describedby": option.description ? `${id}-more` : null,
    });
    input.checked = now.includes(option.value);
    const more = option.description ? textOf(option.description, context) : null;
    const words = h(
      "span",
      { class: "element-box-text" },
      h("span", { id, dir: "auto" }, textOf(option.text, context)),
      more ? h("small", { id: `${id}-more`, dir: "auto" }, more) : null,
    );
    node.append(h("label", { class: "element-box" }, input, words));
    return input;
  });
  const picked = () => one.options.filter((_, index) => inputs[index].checked);
  const shown = () => inputs.map((input) => input.checked);
  let last = shown();
  node.addEventListener("change", async () => {
    const values = picked().map(({ value }) => value);
    const undone = last;
    last = shown();
    if (await tell(its, many ? values : (values[0] ?? null), node)) return;
    inputs.forEach((input, index) => (input.checked = undone[index]));
    last = undone;
  });
  return holding(node, one, name, () => (many ? picked() : (picked()[0] ?? null)));
}

// -- fields -------------------------------------------------------------------------------------------------

function typed(its, type) {
  const { one } = its;
  const props = {
    class: "element-field",
    placeholder: one.placeholder?.text,
    maxlength: one.max_length ?? (one.type === "plain_text_input" ? 3000 : null),
    dir: "auto",
    dataset: focusedOnLoad(one),
    ...named(its, "Your answer"),
  };
  const free = one.type === "plain_text_input";
  const keys = one.type === "number_input" ? { inputmode: one.is_decimal_allowed ? "decimal" : "numeric" } : {};
  const node = one.multiline
    ? h("textarea", { ...props, rows: "3" })
    : h("input", { ...props, ...keys, type, autocomplete: "off" });
  node.value = before(its, "value", "initial_value") ?? "";
  const value = () => (free ? node.value : node.value.trim()) || null;
  tellTyped(its, node, value);
  return holding(node, one, "value", value);
}

/** Tells the bot what is typed when the block asks for it: on Enter, and on each pause where it says so. */
function tellTyped(its, node, value) {
  if (its.labels && !its.block.dispatch_action) return;
  const on = its.one.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  if (on.includes("on_character_entered")) whenSettled(node, () => tell(its, value(), node));
  if (!on.includes("on_enter_pressed") || its.one.multiline) return;
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    tell(its, value(), node);
  });
}

/** Calls `done` when a value has changed and nobody goes on changing it: a date that is typed passes through others. */
function whenSettled(node, done) {
  let last = node.value;
  let waiting = null;
  const settle = () => {
    clearTimeout(waiting);
    if (node.value === last || node.validity.badInput) return;
    last = node.value;
    done();
  };
  node.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(settle, TYPING);
  });
  node.addEventListener("blur", settle);
}

function picker(its, type, name, start) {
  const { one } = its;
  const words = { date: "Select a date", time: "Select a time" }[type];
  const props = { type, class: "element-field element-picker", dataset: focusedOnLoad(one) };
  const node = h("input", { ...props, ...named(its, words) });
  node.value = before(its, name, start) ?? "";
  const value = () => node.value.slice(0, 10) || null;
  whenSettled(node, () => tell(its, value(), node));
  return holding(node, one, name, value);
}

/** Date and time: in seconds for Slack, in the reader's own zone for the reader. */
function moment(its) {
  const { one } = its;
  const start = before(its, "selected_date_time", "initial_date_time") ?? null;
  const props = { type: "datetime-local", class: "element-field element-picker", dataset: focusedOnLoad(one) };
  const node = h("input", { ...props, ...named(its, "Select a date and a time") });
  if (start !== null) node.value = localTime(new Date(start * 1000));
  const drawn = node.value;
  const seconds = () => (node.value ? Math.floor(new Date(node.value).getTime() / 1000) : null);
  const value = () => (node.value === drawn ? start : seconds());
  whenSettled(node, () => tell(its, value(), node));
  return holding(node, one, "selected_date_time", value);
}

/** "2026-11-24T14:05", in the reader's own zone. */
function localTime(at) {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
