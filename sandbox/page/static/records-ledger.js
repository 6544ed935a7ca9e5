// The ledger: whether its chain is whole, and every entry with what it changed.

import { arrange, h } from "./dom.js";
import { Facts, flash, fold, moment, pill, row, say, shown, table } from "./records-parts.js";

const KINDS = {
  approved: "busy",
  executing: "busy",
  done: "good",
  failed: "bad",
  unverified: "bad",
  declined: "warn",
  expired: "warn",
};
const LABELS = {
  deal: "Deal",
  kind: "Action",
  system: "System",
  step: "Step",
  outcome: "Outcome",
  reason: "Reason",
  proposer: "Asked for by",
  approvals: "Approved by",
  approved_at: "Approved at",
  missing: "Approvals missing",
  override: "Break-glass",
  wanted: "Wanted",
  team: "From workspace",
  why: "Refused because",
  scopes: "Stopped",
  acted_as: "Written as",
  written_record: "Record written",
  verified_at: "Read back at",
  partner_of_record: "Partner of record",
  attribution: "Attribution",
  request_id: "Request id",
  response_id: "Response id",
  proposal: "Proposal",
  version: "Version of the card",
  policy: "Decided under policy",
  digest: "Digest of what was shown",
  state: "Digest of the state",
  link: "Link",
};

/** The Ledger tab. */
export class LedgerView {
  constructor(root, deps) {
    this.deps = deps;
    this.words = h("strong");
    this.head = h("code");
    this.chain = h("div", { class: "rec-chain", role: "status" }, this.words, this.head);
    this.body = h("tbody");
    this.entries = new Map();
    const heads = ["#", "When", "Event", "By", "Status"];
    const props = { class: "rec-table rec-ledger" };
    root.append(this.chain, table("Entries of the ledger", heads, this.body, props));
  }

  update(rows, changed, quiet) {
    this.drawChain(rows.get("ledger"));
    const keys = [...rows.keys()].filter((key) => key.startsWith("entry:"));
    for (const key of this.entries.keys()) if (!rows.has(key)) this.entries.delete(key);
    for (const key of keys) {
      const known = this.entries.get(key);
      if (known && !changed.has(key)) continue;
      const open = known?.open ?? false;
      const entry = new Entry(rows.get(key), this.deps.people());
      entry.toggle(open);
      this.entries.set(key, entry);
      if (!quiet) flash(entry.line);
    }
    const ordered = [...this.entries.values()].sort((a, b) => b.seq - a.seq);
    arrange(this.body, ordered.flatMap((entry) => entry.lines));
  }

  drawChain(ledger) {
    if (!ledger) return;
    const { count, checked, whole, flaw, away, head } = ledger;
    const entries = `${count} ${count === 1 ? "entry" : "entries"}`;
    const state = away ? "warn" : whole === false ? "bad" : "good";
    const sound = checked < count ? `${entries}, ${checked} of them checked, unbroken` : `${entries}, unbroken`;
    this.chain.className = `rec-chain ${state}`;
    say(this.words, away ?? (flaw ? `Broken at entry ${flaw.seq}: ${flaw.what}.` : count ? sound : "No entries yet"));
    say(this.head, head && count && !flaw ? `Head ${head.slice(0, 12)}…` : "");
    this.head.title = head;
  }
}

/** One entry: a line, and below it everything that it says, once it is opened. */
class Entry {
  constructor(entry, people) {
    this.entry = entry;
    this.people = people;
    this.seq = entry.seq;
    const named = { class: "rec-seq", "aria-expanded": "false", "aria-label": `Entry ${entry.seq}` };
    const flip = () => this.toggle(!this.open);
    this.button = h("button", { type: "button", ...named, onClick: flip }, String(entry.seq));
    const event = h("span", { class: "rec-event" }, entry.event);
    const about = h("span", { class: "rec-small" }, entry.deal ?? entry.linked?.deal_name ?? entry.record?.split(":").at(-1) ?? "");
    const status = entry.status ? pill(entry.status, KINDS[entry.status]) : "";
    this.line = row(this.button, moment(entry.at), [event, about], this.who(entry.by), status);
    this.line.addEventListener("click", ({ target }) => {
      if (target !== this.button && !String(getSelection())) flip();
    });
    this.lines = [this.line];
  }

  /** Opens or closes it. */
  toggle(open) {
    this.open = open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open && !this.detail) {
      this.detail = h("tr", { class: "rec-detail" }, h("td", { colspan: 5 }, this.all()));
      this.lines.push(this.detail);
      if (this.line.isConnected) this.line.after(this.detail);
    }
    if (this.detail) this.detail.hidden = !open;
  }

  who(id) {
    if (id === "bot") return "Co-sell";
    const name = this.people.get(id)?.real_name;
    return name ?? (id?.includes(":") ? h("span", { title: id }, "Worker") : shown(id));
  }

  all() {
    const { entry } = this;
    const facts = new Facts();
    const words = (name, value) => {
      if (name === "approvals") return value.map(({ by }) => `${by.name}, who ${by.why}`).join("; ");
      if (name === "override") return `${value.by.name}: “${value.reason}”`;
      if (name === "missing" || name === "scopes") return value.join("; ");
      if (name === "proposer") return this.people.get(value)?.real_name ?? value;
      return name.endsWith("_at") ? moment(value) : name === "kind" ? value.replaceAll("_", " ") : value;
    };
    facts.set(
      Object.entries(LABELS).map(([name, label]) => [label, entry[name]?.length !== 0 && entry[name] ? words(name, entry[name]) : undefined]),
      true,
    );
    const raw = h("pre", { class: "rec-raw", tabindex: "0" }, JSON.stringify(entry, null, 2));
    return [this.changes(), facts.root, fold("The whole entry, as it is kept", raw)];
  }

  changes() {
    const { before, after } = this.entry;
    const names = Object.keys(after ?? {});
    if (!names.length) return null;
    const cell = (value) => h("td", { dir: "auto" }, shown(value));
    const line = (name) => h("tr", {}, h("th", { scope: "row" }, name), cell(before?.[name]), cell(after[name]));
    const lines = names.map(line);
    return table(`What entry ${this.seq} changes`, ["Field", "Before", "After"], h("tbody", {}, lines));
  }
}
