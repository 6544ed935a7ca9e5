// What the bot asks the four systems for, as their own logs have it.

import { arrange, h } from "./dom.js";
import { flash, pill, table } from "./records-parts.js";

const SYSTEMS = { slack: "Slack", salesforce: "Salesforce", calendar: "Calendar", aws: "AWS" };

/** The Requests tab. */
export class Requests {
  constructor(root) {
    this.lines = new Map();
    this.wanted = "";
    const filter = ([value, label]) => {
      const props = { type: "button", class: "rec-chip", "aria-pressed": String(!value) };
      return h("button", { ...props, onClick: (event) => this.choose(value, event.target) }, label);
    };
    const filters = [["", "All"], ...Object.entries(SYSTEMS)].map(filter);
    this.filters = h("div", { class: "rec-chips", role: "group", "aria-label": "Requests to" }, filters);
    this.body = h("tbody");
    this.none = h("p", { class: "rec-empty" }, "Nothing was asked for yet.");
    const heads = ["Time", "System", "Operation", "Status", "ms"];
    const log = table("Requests, newest first", heads, this.body, { class: "rec-table rec-log" });
    root.append(this.filters, log, this.none);
  }

  update(rows, changed, quiet) {
    for (const key of changed) {
      if (!key.startsWith("request:")) continue;
      const known = this.lines.get(key);
      if (!rows.has(key)) {
        known?.line.remove();
        this.lines.delete(key);
      } else if (known) known.draw(rows.get(key));
      else this.lines.set(key, this.line(Number(key.slice(8)), rows.get(key), quiet));
    }
    this.place();
  }

  line(number, request, quiet) {
    const cells = Array.from({ length: 5 }, () => h("td"));
    const line = h("tr", {}, cells);
    const draw = ({ system, at, method, what, status, ms, lost }) => {
      cells[0].textContent = new Date(at * 1000).toLocaleTimeString("en-GB");
      cells[1].textContent = SYSTEMS[system] ?? system;
      cells[2].textContent = what;
      cells[2].title = `${method} ${what}`;
      const words = lost ? "reply lost" : status === null ? "…" : String(status);
      cells[3].replaceChildren(lost || status >= 400 ? pill(words, "bad") : words);
      cells[4].textContent = status === null ? "" : ms.toLocaleString("en-GB");
    };
    draw(request);
    if (!quiet && this.body.offsetParent) flash(line);
    return { number, line, draw, system: request.system };
  }

  choose(system, button) {
    this.wanted = system;
    for (const one of this.filters.children) one.setAttribute("aria-pressed", String(one === button));
    this.place();
  }

  place() {
    const wanted = [...this.lines.values()].filter(({ system }) => !this.wanted || system === this.wanted);
    arrange(this.body, wanted.sort((a, b) => b.number - a.number).map(({ line }) => line));
    this.none.hidden = wanted.length > 0;
  }
}
