// What the tabs of the panel are built of: values in words, highlights, lists of facts, cards, small forms.

import { append, arrange, clock, h } from "./dom.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
let made = 0;

/** An id that nothing else on the page has. */
export const fresh = (name) => `rec-${name}-${++made}`;

/** A value as people read it; nothing is a dash. */
export function shown(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "number") return value.toLocaleString("en-GB");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length ? value.map(shown).join(", ") : "–";
  if (typeof value === "object") return JSON.stringify(value);
  return /^\d{4}-\d\d-\d\d$/.test(value) ? date(value) : value;
}

/** "7 Feb 2027", of a day or an instant. */
export const date = (at) =>
  new Date(at).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: String(at).length === 10 ? "UTC" : undefined,
  });

/** "24 Nov, 19:31:05", in the reader's own zone; today only the time. */
export function moment(at) {
  const then = new Date(at);
  const time = `${clock(then)}:${String(then.getSeconds()).padStart(2, "0")}`;
  const today = then.toDateString() === new Date().toDateString();
  return today ? time : `${then.toLocaleDateString("en-GB", { day: "numeric", month: "short" })}, ${time}`;
}

/** Sets a text where it differs. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Marks an element as just changed, once it is seen; the mark fades. */
export function flash(element) {
  const done = () => element.classList.remove("rec-flash");
  element.classList.remove("rec-flash");
  void element.offsetWidth; // starts the fading anew
  element.classList.add("rec-flash");
  element.onanimationend = (event) => event.target === element && done();
  if (still.matches) setTimeout(done, 4000);
  return element;
}

/** A coloured word for a state: good, busy, warn, bad, or none of them. */
export function pill(text, kind = "") {
  return h("span", { class: `rec-pill ${kind}` }, text);
}

/** Changes a pill where it differs. */
export function repill(node, text, kind = "") {
  say(node, text);
  node.className = `rec-pill ${kind}`;
}

/** Labels with values; what differs from last time is marked. */
export class Facts {
  constructor() {
    this.root = h("dl", { class: "rec-facts" });
    this.rows = new Map();
  }

  /** `entries` are `[label, value]`; an undefined value leaves the line out. `quiet` marks nothing. */
  set(entries, quiet) {
    const rows = entries.filter(([, value]) => value !== undefined).map(([label, value]) => {
      const text = shown(value);
      const known = this.rows.get(label);
      const row = known ?? this.row(label, text);
      const differs = known ? row.lastChild.textContent !== text : this.drawn;
      say(row.lastChild, text);
      if (differs && !quiet) flash(row);
      return row;
    });
    this.drawn = true;
    arrange(this.root, rows);
  }

  row(label, text) {
    const row = h("div", {}, h("dt", {}, label), h("dd", { dir: "auto" }, text));
    if (text.length > 34) row.classList.add("wide");
    this.rows.set(label, row);
    return row;
  }
}

/** A record that opens and closes. `onToggle` is told when a person did it. */
export class Card {
  constructor(onToggle) {
    const id = fresh("card");
    this.title = h("span", { class: "rec-card-title", dir: "auto" });
    this.about = h("span", { class: "rec-card-about", dir: "auto" });
    this.side = h("span", { class: "rec-card-side" });
    this.button = h(
      "button",
      { type: "button", class: "rec-card-head", "aria-expanded": "false", "aria-controls": id, onClick: onToggle },
      h("span", { class: "rec-card-words" }, this.title, this.about),
      this.side,
    );
    this.body = h("div", { class: "rec-card-body", id, hidden: true });
    this.root = h("article", { class: "rec-card" }, h("h3", {}, this.button), this.body);
  }

  get open() {
    return !this.body.hidden;
  }

  set open(open) {
    this.body.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }

  /** Whether somebody writes in it now. */
  get busy() {
    return this.body.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  }
}

/** Cards of which one is open: the one that changed or was chosen last. `make` gives a Card with `draw(row, quiet)`. */
export class Cards {
  constructor(root, make) {
    this.root = root;
    this.make = make;
    this.cards = new Map();
    this.rows = new Map();
  }

  /** Draws the rows with keys in `changed`, newest first, and opens the newest of them. */
  update(rows, changed, quiet) {
    for (const row of rows) if (!this.cards.has(row.id) || changed.has(row.id)) this.draw(row, quiet);
    const ordered = [...rows].sort((a, b) => b.changed_at.localeCompare(a.changed_at) || a.id.localeCompare(b.id));
    const news = ordered.find((row) => changed.has(row.id));
    if (news && !(this.cards.get(this.chosen)?.busy)) this.choose(news.id);
    keepFocus(() => arrange(this.root, ordered.map((row) => this.cards.get(row.id).root)));
  }

  draw(row, quiet) {
    const known = this.cards.get(row.id);
    const card = known ?? this.make(row, () => this.choose(card.open ? null : row.id));
    this.cards.set(row.id, card);
    card.draw(row, quiet || !known);
    if (!quiet) flash(card.button);
  }

  choose(id) {
    this.chosen = id;
    for (const [key, card] of this.cards) if (card.open !== (key === id)) card.open = key === id;
  }
}

/** Does something to the page and gives the focus back to where it was. */
export function keepFocus(move) {
  const active = document.activeElement;
  move();
  if (active !== document.activeElement && active?.isConnected) active.focus({ preventScroll: true });
}

/** A control with its label above it. */
export function labelled(label, control) {
  control.id ||= fresh("field");
  return h("div", { class: "rec-field" }, h("label", { for: control.id }, label), control);
}

/** A select from `[value, text]` pairs. */
export function select(name, options, chosen) {
  return h(
    "select",
    { name },
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  );
}

/** Something to fold out, closed at first. */
export function fold(title, ...content) {
  return h("details", { class: "rec-fold" }, h("summary", {}, title), content);
}

/** A small form: its values by name go to `run`, which answers `{ok, error}`; `done` is what is said then. */
export function form(fields, button, run, done = "Done.") {
  const told = h("p", { class: "rec-told", role: "status" });
  const submit = async (event) => {
    event.preventDefault();
    tell(told, await run(Object.fromEntries(new FormData(event.target)), event.submitter?.value), done);
  };
  const buttons = [button].flat().map((one) =>
    typeof one === "string" ? h("button", { type: "submit", class: "rec-button" }, one) : one,
  );
  return h("form", { class: "rec-form", onSubmit: submit }, fields, h("div", { class: "rec-buttons" }, buttons), told);
}

/** Says how something went. */
export function tell(node, { ok, error }, done = "") {
  node.classList.toggle("bad", !ok);
  say(node, ok ? done : error);
}

/** A table with heads; `rows` are lists of cells, each a node, a text, or a list of them. */
export function table(label, heads, body, props = {}) {
  const row = h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)));
  return h("table", { class: "rec-table", "aria-label": label, ...props }, h("thead", {}, row), body);
}

/** A row of a table. */
export function row(...cells) {
  const line = h("tr");
  append(line, cells.map((cell) => h("td", { dir: "auto" }, cell)));
  return line;
}
