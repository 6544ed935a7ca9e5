// The calendars of both sides as a week, in the time zone of one person; answering for a guest, and booking a time.

import { arrange, h } from "./dom.js";
import { flash, fold, form, keepFocus, labelled, pill, say, select, tell } from "./records-parts.js";
import { clocked, instant, later, local, monday, named } from "./records-week.js";

const FIRST = 7; // o'clock
const LAST = 20;
const ANSWERS = { accepted: ["Yes", "good"], tentative: ["Maybe", "warn"], declined: ["No", "bad"] };
const NO_ANSWER = ["No answer"];
const DAY_AND_MONTH = { day: "numeric", month: "short" };

/** The Calendars tab. */
export class Calendars {
  constructor(root, deps) {
    this.deps = deps;
    this.drawn = new Map(); // key -> button
    this.seen = new Set(); // events of the bot that were there already
    this.title = h("h3", { class: "rec-week-title" });
    this.zones = h("select", { "aria-label": "Shown in the time of", onChange: () => this.draw() });
    const move = (days, label, sign) => {
      const props = { type: "button", class: "rec-button", "aria-label": label };
      return h("button", { ...props, onClick: () => this.move(days) }, sign);
    };
    const bar = [move(-7, "The week before", "‹"), move(7, "The week after", "›"), this.title, this.zones];
    this.legend = h("div", { class: "rec-chips", role: "group", "aria-label": "Whose calendars are shown" });
    this.days = [0, 1, 2, 3, 4].map(() => ({ name: h("h4"), lane: h("div", { class: "rec-lane" }) }));
    this.columns = this.days.map(({ name, lane }) => h("section", { class: "rec-day" }, name, lane));
    this.beyond = h("p", { class: "rec-by" });
    this.detail = h("section", { class: "rec-event-detail", hidden: true });
    this.booking = h("div");
    root.append(
      h("div", { class: "rec-week-bar" }, bar),
      this.legend,
      h("div", { class: "rec-week" }, hours(), this.columns),
      this.beyond,
      this.detail,
      this.booking,
    );
  }

  update(rows, changed, quiet) {
    this.people = rows.get("calendars") ?? [];
    this.events = [...rows].filter(([key]) => key.startsWith("event:")).map(([key, value]) => ({ key, ...value }));
    if (!this.zones.options.length) this.begin();
    this.follow();
    if (!this.booking.firstChild) this.booking.append(this.book());
    this.draw(quiet ? new Set() : changed);
  }

  /** What needs the people once: the zones, and where to begin. */
  begin() {
    const place = (zone) => zone.split("/").at(-1).replace("_", " ");
    const option = ({ email, name, zone }) => h("option", { value: email }, `${name.split(" ")[0]}, ${place(zone)}`);
    this.zones.append(...this.people.map(option));
    const first = (ours) => this.people.find((one) => one.ours === ours)?.email;
    this.picked = new Set([first(true), first(false)]);
    this.week = monday(local(Date.now(), this.zone).day);
  }

  /** Goes to the newest meeting that the bot made, when it is new. */
  follow() {
    const made = this.events.filter((event) => event.made_by_us && event.email === event.organizer);
    const news = made.filter(({ id }) => !this.seen.has(id)).sort((a, b) => b.created.localeCompare(a.created))[0];
    for (const { id } of made) this.seen.add(id);
    if (!news) return;
    this.picked = new Set(news.guests.map(({ email }) => email).filter((email) => this.person(email)));
    this.zones.value = news.organizer;
    this.week = monday(local(news.start, this.zone).day);
    this.chosen = news.id;
    if (this.day && this.day.value === this.suggested) this.suggest();
  }

  get zone() {
    return this.person(this.zones.value)?.zone ?? "UTC";
  }

  person(email) {
    return this.people.find((one) => one.email === email);
  }

  move(days) {
    this.week = later(this.week, days);
    this.draw();
  }

  /** Proposes a day to book, while nobody chose one. */
  suggest() {
    this.day.value = this.suggested = later(this.week, 1);
  }

  /** Shows a person's calendar at an instant. */
  look(email, start) {
    this.picked.add(email);
    this.week = monday(local(start, this.zone).day);
    this.draw();
  }

  pick(email) {
    if (!this.picked.delete(email)) this.picked.add(email);
    this.draw();
  }

  // -- drawing ----------------------------------------------------------------------------------------------
  draw(changed = new Set()) {
    const last = later(this.week, 4);
    say(this.title, `${named(this.week, DAY_AND_MONTH)} – ${named(last, { ...DAY_AND_MONTH, year: "numeric" })}`);
    this.drawLegend();
    const shown = this.people.filter(({ email }) => this.picked.has(email)).map(({ email }) => email);
    const blocks = this.blocks(shown);
    const today = local(Date.now(), this.zone).day;
    let beyond = 0;
    keepFocus(() =>
      this.days.forEach(({ name, lane }, index) => {
        const day = later(this.week, index);
        const mine = blocks.filter(({ from }) => from.day === day);
        const within = mine.filter(({ from, to }) => from.hour < LAST && (to.day > day || to.hour > FIRST));
        beyond += mine.length - within.length;
        say(name, named(day));
        this.columns[index].classList.toggle("today", day === today);
        this.columns[index].setAttribute("aria-label", named(day, { weekday: "long", ...DAY_AND_MONTH }));
        arrange(lane, within.map((block) => this.block(block, shown.length, changed)));
      }),
    );
    beyond += blocks.filter(({ from }) => from.day > last && from.day < later(this.week, 7)).length;
    say(this.beyond, beyond ? `${beyond} more at the weekend or outside ${FIRST}:00–${LAST}:00.` : "");
    this.drawDetail(changed);
  }

  drawLegend() {
    if (!this.legend.children.length) {
      const made = h("span", { class: "rec-made" }, h("span", { class: "rec-swatch made" }), "by Co-sell");
      this.legend.append(...this.people.map((one, index) => this.chip(one, index)), made);
    }
    for (const chip of this.legend.querySelectorAll("button")) {
      chip.setAttribute("aria-pressed", String(this.picked.has(chip.dataset.email)));
    }
  }

  chip({ email, name, ours, shared }, index) {
    const title = shared ? null : "Not shared with us: the bot cannot see it";
    const props = { type: "button", class: `rec-chip hue-${index}`, dataset: { email }, title };
    const side = ours ? null : h("small", {}, shared ? " AWS" : " AWS, not shared");
    const swatch = h("span", { class: "rec-swatch" });
    return h("button", { ...props, onClick: () => this.pick(email) }, swatch, name.split(" ")[0], side);
  }

  /** What is drawn: one block for an event, across the lanes of those who have it where these are neighbours. */
  blocks(shown) {
    const found = new Map();
    for (const event of this.events) {
      const lane = shown.indexOf(event.email);
      if (lane === -1) continue;
      const at = { from: local(event.start, this.zone), to: local(event.end, this.zone) };
      const parts = found.get(event.id) ?? [];
      const joined = parts.find((block) => lane === block.first + block.events.length);
      if (joined) joined.events.push(event);
      else found.set(event.id, [...parts, { event, events: [event], first: lane, ...at }]);
    }
    const all = [...found.values()].flat().sort((a, b) => begin(a) - begin(b));
    all.forEach((block, index) => {
      const over = (other) => other.first === block.first && begin(block) < Date.parse(other.event.end);
      block.beside = all.slice(0, index).filter(over).length;
    });
    return all;
  }

  block({ event, events, first, from, to, beside }, lanes, changed) {
    const key = `${event.id} ${first}`;
    const button = this.drawn.get(key) ?? h("button", { type: "button" });
    this.drawn.set(key, button);
    const names = events.map(({ email }) => this.person(email).name);
    const start = Math.max(from.hour, FIRST);
    const end = Math.min(to.day > from.day ? 24 : to.hour, LAST);
    const declined = event.guests.find(({ email }) => email === event.email)?.answer === "declined";
    const hue = this.people.findIndex(({ email }) => email === event.email);
    const chosen = this.chosen === event.id;
    const marks = { made: event.made_by_us, short: end - start < 1, free: event.free, declined, chosen };
    button.className = `rec-block hue-${hue}${button.classList.contains("rec-flash") ? " rec-flash" : ""}`;
    for (const [mark, on] of Object.entries(marks)) button.classList.toggle(mark, on);
    const percent = (lane) => `${(lane / lanes) * 100}%`;
    Object.assign(button.style, {
      top: `${((start - FIRST) / (LAST - FIRST)) * 100}%`,
      height: `${((end - start) / (LAST - FIRST)) * 100}%`,
      left: `calc(${percent(first)} + ${beside * 5}px)`,
      width: `calc(${percent(events.length)} - ${beside * 5 + 1}px)`,
    });
    const by = event.made_by_us ? "By Co-sell: " : "";
    const words = `${by}${event.summary}, ${names.join(" and ")}, ${clocked(from.hour)} to ${clocked(to.hour)}`;
    button.title = words;
    button.setAttribute("aria-label", words);
    say(button, event.summary);
    button.onclick = () => this.choose(event.id);
    if (events.some((one) => changed.has(one.key))) flash(button);
    return button;
  }

  choose(id) {
    this.chosen = this.chosen === id ? null : id;
    this.draw();
  }

  // -- one event --------------------------------------------------------------------------------------------
  drawDetail(changed) {
    const copies = this.events.filter(({ id }) => id === this.chosen);
    this.detail.hidden = !copies.length;
    if (!copies.length) return;
    const event = copies.find(({ email, organizer }) => email === organizer) ?? copies[0];
    const text = JSON.stringify([event, this.zone]);
    if (this.detailed === text) return;
    this.detailed = text;
    const from = local(event.start, this.zone);
    const until = clocked(local(event.end, this.zone).hour);
    const time = `${named(from.day, { weekday: "long", ...DAY_AND_MONTH })}, ${clocked(from.hour)}–${until}`;
    const organizer = this.person(event.organizer)?.name ?? event.organizer;
    const told = h("p", { class: "rec-told", role: "status" });
    const focused = this.detail.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
    this.detail.replaceChildren(
      h("h4", { dir: "auto" }, event.summary, event.made_by_us ? pill("by Co-sell", "good") : null),
      h("p", { class: "rec-by" }, `${time} (${this.zone.replace("_", " ")}), in the calendar of ${organizer}`),
      h("p", { class: "rec-by" }, event.link ? `Video: ${event.link.replace("https://", "")}` : ""),
      h("ul", { class: "rec-guests" }, event.guests.map((guest) => this.guest(event, guest, told))),
      told,
    );
    const same = (one) => one.getAttribute("aria-label") === focused;
    if (focused) [...this.detail.querySelectorAll("button")].find(same)?.focus();
    if (copies.some(({ key }) => changed.has(key))) flash(this.detail);
  }

  guest(event, { email, name, answer }, told) {
    const state = pill(...(ANSWERS[answer] ?? NO_ANSWER));
    const mine = email !== event.organizer && this.person(email);
    const reply = async (status) =>
      tell(told, await this.deps.act("calendar.rsvp", { email, event: event.id, status }));
    const button = ([status, [label]]) => {
      const named = { "aria-pressed": String(answer === status), "aria-label": `${label}, answers ${name}` };
      return h("button", { type: "button", class: "rec-button", ...named, onClick: () => reply(status) }, label);
    };
    const answers = mine ? Object.entries(ANSWERS).map(button) : [];
    return h("li", {}, h("span", { class: "rec-guest" }, name, state), h("span", { class: "rec-buttons" }, answers));
  }

  /** The form of somebody who books a time in their own calendar. */
  book() {
    const day = (this.day = h("input", { type: "date", name: "day", required: true }));
    this.suggest();
    const time = h("input", { type: "time", name: "time", required: true, value: "13:00" });
    const minutes = h("input", { type: "number", name: "minutes", required: true, min: 5, max: 1440, value: 60 });
    const who = select("email", this.people.map(({ email, name }) => [email, name]));
    const asked = [["Who", who], ["Day", day], ["From (their time)", time], ["Minutes", minutes]];
    const fields = asked.map(([label, control]) => labelled(label, control));
    const run = async ({ email, day, time, minutes }) => {
      const start = instant(day, time, this.person(email).zone);
      const answer = await this.deps.act("calendar.block", { email, start, minutes: Number(minutes) });
      if (answer.ok) this.look(email, start);
      return answer;
    };
    return fold("Book somebody's time", form(fields, "Book it", run, "Booked."));
  }
}

const begin = ({ event }) => Date.parse(event.start);

function hours() {
  const marks = [];
  for (let hour = FIRST; hour < LAST; hour++) {
    marks.push(h("span", { style: { top: `${((hour - FIRST) / (LAST - FIRST)) * 100}%` } }, `${hour}`));
  }
  const lane = h("div", { class: "rec-lane" }, marks);
  return h("div", { class: "rec-day rec-hours", "aria-hidden": "true" }, h("h4", {}, "\u00a0"), lane);
}
