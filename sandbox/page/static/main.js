// Puts the page together: one table of rows in, one place in the address, everything drawn from the two.

import { Conversation } from "./conversation.js";
import { h } from "./dom.js";
import { drop } from "./files.js";
import { Home } from "./home.js";
import { Modals } from "./modal.js";
import { flash } from "./records-parts.js";
import { Records } from "./records.js";
import { go, route, settle } from "./route.js";
import { Sidebar } from "./sidebar.js";
import { act, Stream } from "./stream.js";
import { Tour } from "./tour.js";

const $ = (id) => document.getElementById(id);
const deps = {
  rows: new Map(),
  emoji: {},
  act: (name, what) => done(act(route().as, name, what)),
  context,
  say,
  drop: (text, file, thread, progress) => drop(route().as, route().place, file, { text, thread, progress }),
  openThread: (ts) => go({ thread: ts }),
  closeThread: () => go({ thread: "" }),
  headTools,
};
const sidebar = new Sidebar($("sidebar"));
const channel = new Conversation(h("div", { class: "conversation" }), deps);
const thread = new Conversation(h("div", { class: "conversation" }), deps, { inThread: true });
const home = new Home(h("div", { class: "conversation" }), deps);
const modals = new Modals($("dialogs"), {
  submit: (view, values) => act(route().as, "submit", { view, values }),
  close: (view) => act(route().as, "close", { view }),
  act: (view, block, element, value) =>
    deps.act("press_in_view", { view, action: element.action_id, value }),
});
const people = () => new Map(Object.entries(deps.rows.get("people") ?? {}));
const records = new Records($("records"), { act: (name, args) => act(route().as, name, args), people });
const tour = new Tour($("tour"), { rows: () => deps.rows, fill: (text) => channel.composer.fill(text) });
const stream = new Stream({ onRows: taken, onLive: live });
$("thread").append(thread.root);
let sought = ""; // the ts of the message that a link led to, until it is shown

/** Says it in a corner when something could not be done. */
async function done(answer) {
  const result = await answer;
  if (!result.ok) toast(result.error);
  return result;
}

function toast(words) {
  const note = h("p", { class: "toast" }, words);
  $("toasts").append(note);
  setTimeout(() => note.remove(), 8000);
}

/** What blocks need to be drawn and pressed: in a message, or in a view. */
function context(holder) {
  const press = holder.ts
    ? (_, element, value) =>
        deps.act("press", { channel: route().place, ts: holder.ts, action: element.action_id, value })
    : (_, element, value) => deps.act("press_in_view", { view: holder.id, action: element.action_id, value });
  const channels = new Map(
    [...deps.rows].filter(([key]) => key.startsWith("channel:")).map(([, value]) => [value.id, value]),
  );
  return { people: people(), channels, emoji: deps.emoji, act: press, follow };
}

/** Goes to the message that a permalink names and shows where it is; false when it is another address. */
function follow(address) {
  if (!URL.canParse(address)) return false;
  const { pathname, searchParams } = new URL(address);
  const [, place, seconds, micros] = /^\/archives\/(\w+)\/p(\d{10})(\d{6})$/.exec(pathname) ?? [];
  if (!place) return false;
  if (!deps.rows.has(`channel:${place}`)) {
    toast("That message is in a channel that this person is not in.");
    return true;
  }
  sought = `${seconds}.${micros}`;
  go({ place, thread: searchParams.get("thread_ts") ?? sought });
  draw();
  return true;
}

/** Brings the message that was followed to before the reader's eyes, once it is drawn. */
function seek() {
  const found = sought && document.querySelector(`#thread [data-ts="${CSS.escape(sought)}"]`);
  if (!found) return;
  sought = "";
  found.scrollIntoView({ block: "start" });
  flash(found);
}

/** A link to a message is followed here, like in Slack; with a key held down it opens as any other. */
function clicked(event) {
  const link = event.target.closest("a[href]");
  const plainly = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (link && plainly && follow(link.href)) event.preventDefault();
}

function say(text, threadTs) {
  const { as, place } = route();
  if (text.startsWith("/") && !threadTs) return act(as, "command", { channel: place, text });
  return act(as, "say", { channel: place, text, thread_ts: threadTs });
}

function headTools(shown) {
  if (shown.kind === "im" || deps.rows.get("me").outsider) return [];
  const share = () => deps.act("share", { channel: shown.id, shared: !shown.shared });
  const bot = deps.rows.get("app")?.user;
  const join = () => deps.act("join", { channel: shown.id, who: bot });
  const invite = bot && !shown.members.includes(bot);
  return [
    invite ? h("button", { type: "button", class: "quiet", onClick: join }, "Add Co-sell") : null,
    h("button", { type: "button", class: "quiet", onClick: share }, shown.shared ? "Stop sharing" : "Share with AWS"),
  ].filter(Boolean);
}

function taken(rows, changed) {
  deps.rows = rows;
  deps.emoji = rows.get("emoji") ?? {};
  drawPersonas();
  draw();
  records.update(rows, changed);
}

/** Draws the place that the address names; a place this person does not see becomes the first that they do. */
function draw() {
  const { rows } = deps;
  if (!rows.has("me")) return;
  const here = route();
  const shown = rows.get(`channel:${here.place}`);
  const inApp = here.place === "home" && rows.get("app");
  if (!shown && !inApp) {
    const ids = [...rows].filter(([key, value]) => key.startsWith("channel:") && value.kind !== "im");
    const first = ids.find(([, value]) => value.name.startsWith("deal-")) ?? ids[0];
    settle({ place: first ? first[1].id : "home", thread: "" });
    if (first || rows.get("app")) draw();
    return;
  }
  sidebar.update(rows, here);
  if (inApp) showHome();
  else {
    if ($("channel").firstChild !== channel.root) $("channel").replaceChildren(channel.root);
    channel.show(shown);
  }
  const open = Boolean(shown && here.thread);
  $("thread").hidden = !open;
  document.body.dataset.thread = open ? "open" : "closed";
  if (open) thread.show(shown, here.thread);
  seek();
  tour.update();
  modals.show(rows.get("views") ?? [], context({ id: rows.get("views")?.at(-1)?.id }));
}

function showHome() {
  if ($("channel").firstChild === home.root) home.update();
  else {
    $("channel").replaceChildren(home.root);
    home.open();
  }
}

function drawPersonas() {
  const select = $("persona").querySelector("select");
  const list = deps.rows.get("personas") ?? [];
  if (select.options.length !== list.length) {
    const label = (p) => `${p.real_name} · ${p.title}${p.outsider ? `, ${p.company}` : ""}`;
    select.replaceChildren(...list.map((p) => h("option", { value: p.id }, label(p))));
  }
  select.value = route().as;
}

function live(state) {
  if (document.body.dataset.live === state) return;
  document.body.dataset.live = state;
  const lost = state === "lost";
  $("live").textContent = lost ? "Connection lost. What you see may be out of date; trying again…" : "Live";
  $("screen").inert = lost;
}

function moved() {
  const here = route();
  if (here.as !== stream.person) {
    deps.rows = new Map();
    stream.open(here.as);
  } else draw();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  localStorage.setItem("theme", name);
}

$("persona").querySelector("select").addEventListener("change", (event) => go({ as: event.target.value, place: route().place }));
$("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
$("tour-open").addEventListener("click", () => tour.toggle());
$("records-toggle").addEventListener("click", () => {
  const hidden = ($("records").hidden = !$("records").hidden);
  $("records-toggle").setAttribute("aria-expanded", String(!hidden));
  document.body.dataset.records = hidden ? "closed" : "open";
});
addEventListener("hashchange", moved);
$("screen").addEventListener("click", clicked);
theme(localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
if (!route().as) settle({ as: "U0BEN", place: "C0MERIDIAN" });
stream.open(route().as);
