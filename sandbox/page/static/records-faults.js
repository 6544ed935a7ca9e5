// Break it: the bot's processes, and faults of the four systems.

import { h } from "./dom.js";
import { fresh, flash, pill, repill, say, tell } from "./records-parts.js";

const SYSTEMS = { slack: "Slack", salesforce: "Salesforce", calendar: "Google Calendar", aws: "AWS Partner Central" };
const DEEDS = { true: ["kill", "Kill"], false: ["start", "Start"] };
const STORE = { true: ["redis.stop", "Stop"], false: ["redis.start", "Start"] };

/** The Break it tab. */
export class Faults {
  constructor(root, deps) {
    this.root = root;
    this.deps = deps;
    this.told = h("p", { class: "rec-told", role: "status" });
    this.rows = new Map();
    this.groups = new Map();
    const words = "Break something, approve a card, and see that nothing is lost, doubled or silently dropped.";
    root.append(h("p", { class: "rec-by" }, words), this.told);
  }

  update(rows, changed, quiet) {
    for (const part of rows.get("processes") ?? []) this.process(part, quiet);
    for (const one of rows.get("faults") ?? []) this.fault(one, quiet);
  }

  group(name) {
    if (!this.groups.has(name)) {
      const section = h("section", { class: "rec-group" }, h("h3", {}, name));
      this.groups.set(name, section);
      this.root.append(section);
    }
    return this.groups.get(name);
  }

  process({ part, label, words, up, pid }, quiet) {
    let row = this.rows.get(part);
    if (!row) {
      const state = pill("");
      const button = h("button", { type: "button", class: "rec-button" });
      const line = h("div", { class: "rec-switch" }, this.words(label, words), state, button);
      this.rows.set(part, (row = { line, state, button }));
      this.group("The bot's processes").append(line);
    }
    if (row.up === up && row.pid === pid) return;
    const [deed, verb] = (part === "redis" ? STORE : DEEDS)[up];
    repill(row.state, up ? (pid ? `up · ${pid}` : "up") : "down", up ? "good" : "bad");
    say(row.button, verb);
    row.button.setAttribute("aria-label", `${verb} ${part === "redis" ? "Redis" : `the ${part}`}`);
    row.button.onclick = () => this.act(row.button, deed, part === "redis" ? {} : { part });
    if (row.up !== undefined && !quiet) flash(row.line);
    Object.assign(row, { up, pid });
  }

  fault({ system, name, title, words, lasting, on }, quiet) {
    const key = `${system} ${name}`;
    let row = this.rows.get(key);
    if (!row) {
      const about = this.words(title, words);
      const button = on === null ? this.deed(system, name, about) : this.toggle(system, name, about);
      const line = h("div", { class: "rec-switch" }, about, button);
      this.rows.set(key, (row = { line, button }));
      this.group(SYSTEMS[system]).append(line);
    }
    if (row.on === on) return;
    if (on !== null) row.button.setAttribute("aria-checked", String(on));
    if (row.on !== undefined && !quiet) flash(row.line);
    row.on = on;
  }

  words(title, words) {
    return h("div", { class: "rec-switch-words" }, h("strong", {}, title), h("span", { id: fresh("words") }, words));
  }

  named(system, about) {
    const [title, words] = about.children;
    return { "aria-label": `${SYSTEMS[system]}: ${title.textContent}`, "aria-describedby": words.id };
  }

  toggle(system, name, about) {
    const on = () => button.getAttribute("aria-checked") !== "true";
    const flip = () => this.act(button, "fault", { system, name, on: on() });
    const props = { type: "button", role: "switch", class: "rec-toggle", "aria-checked": "false" };
    const button = h("button", { ...props, ...this.named(system, about), onClick: flip });
    return button;
  }

  deed(system, name, about) {
    const run = () => this.act(button, "fault", { system, name, on: true }, "Expired.");
    const props = { type: "button", class: "rec-button", onClick: run };
    const button = h("button", { ...props, ...this.named(system, about) }, "Expire");
    return button;
  }

  async act(button, name, args, done = "") {
    button.setAttribute("aria-busy", "true");
    const answer = await this.deps.act(name, args);
    button.removeAttribute("aria-busy");
    tell(this.told, answer, done);
  }
}
