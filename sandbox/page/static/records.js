// "Watch the record": what the systems of record hold, live, beside the conversations; and switches to break them.

import { h } from "./dom.js";
import { Aws } from "./records-aws.js";
import { Calendars } from "./records-calendar.js";
import { Faults } from "./records-faults.js";
import { LedgerView } from "./records-ledger.js";
import { Requests } from "./records-requests.js";
import { Salesforce } from "./records-salesforce.js";

const TABS = [
  ["salesforce", "Salesforce", Salesforce, /^(salesforce:|org$)/],
  ["aws", "AWS", Aws, /^(aws|invitation):/],
  ["calendars", "Calendars", Calendars, /^(event:|calendars$)/],
  ["ledger", "Ledger", LedgerView, /^(entry:|ledger$)/],
  ["requests", "Requests", Requests, /^request:/],
  ["break", "Break it", Faults, /^(faults|processes)$/],
];
const BUSY = new Set(["requests", "break"]); // what changes all the time is no news
const KEYS = { ArrowRight: 1, ArrowLeft: -1, Home: "first", End: "last" };

/** The panel. `deps`: `act(name, args)` answers `{ok, error}`; `people()` gives a Map of id to `{real_name}`. */
export class Records {
  constructor(root, deps) {
    this.seen = new Map(); // key -> what was drawn, as text
    this.tabs = TABS.map(([id, label, View, keys]) => this.tab(id, label, (panel) => new View(panel, deps), keys));
    const list = h("div", { role: "tablist", class: "rec-tabs", "aria-label": "Systems of record" });
    list.append(...this.tabs.map(({ button }) => button));
    root.classList.add("rec");
    const title = h("h2", { class: "rec-title" }, "Watch the record");
    root.replaceChildren(title, list, ...this.tabs.map(({ panel }) => panel));
    this.show(sessionStorage.getItem("records") ?? "salesforce");
  }

  /** Draws what differs from what was drawn before; `changed` names the rows to look at. */
  update(rows, changed) {
    if (!rows.has("ledger")) {
      this.waiting = true; // of a table that begins anew, the conversations come before the records
      return;
    }
    const quiet = this.seen.size === 0;
    const looked = this.waiting ? new Set([...changed, ...this.seen.keys()]) : changed;
    this.waiting = false;
    const differing = [...looked].filter((key) => this.differs(key, rows.get(key)));
    for (const tab of this.tabs) {
      const mine = new Set(differing.filter((key) => tab.keys.test(key)));
      if (!mine.size) continue;
      tab.view.update(rows, mine, quiet);
      if (!quiet && !BUSY.has(tab.id) && tab.id !== this.current) tab.dot.hidden = false;
    }
  }

  /** Opens a tab by its id. */
  show(id) {
    const wanted = this.tabs.find((tab) => tab.id === id) ?? this.tabs[0];
    this.current = wanted.id;
    sessionStorage.setItem("records", wanted.id);
    for (const { button, panel } of this.tabs) {
      const chosen = button === wanted.button;
      button.setAttribute("aria-selected", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
      panel.hidden = !chosen;
    }
    wanted.dot.hidden = true;
    wanted.panel.scrollTop = wanted.at ?? 0;
  }

  differs(key, value) {
    if (!TABS.some(([, , , keys]) => keys.test(key))) return false;
    const text = value === undefined ? undefined : JSON.stringify(value);
    if (this.seen.get(key) === text) return false;
    if (text === undefined) this.seen.delete(key);
    else this.seen.set(key, text);
    return true;
  }

  tab(id, label, make, keys) {
    const ids = { tab: `rec-tab-${id}`, panel: `rec-panel-${id}` };
    const place = { role: "tabpanel", class: "rec-panel", id: ids.panel, "aria-labelledby": ids.tab, tabindex: "0" };
    const panel = h("div", place);
    const dot = h("span", { class: "rec-dot", hidden: true }, h("span", { class: "hidden-text" }, " (changed)"));
    const named = { role: "tab", class: "rec-tab", id: ids.tab, "aria-controls": ids.panel, dataset: { tab: id } };
    const deeds = { onClick: () => this.show(id), onKeydown: (event) => this.walk(event) };
    const button = h("button", { type: "button", ...named, ...deeds }, label, dot);
    const tab = { id, keys, view: make(panel), panel, button, dot, at: 0 };
    panel.addEventListener("scroll", () => !panel.hidden && (tab.at = panel.scrollTop));
    return tab;
  }

  walk(event) {
    const step = KEYS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const last = this.tabs.length - 1;
    const here = this.tabs.findIndex(({ id }) => id === this.current);
    const to = step === "first" ? 0 : step === "last" ? last : (here + step + last + 1) % (last + 1);
    this.show(this.tabs[to].id);
    this.tabs[to].button.focus();
  }
}
