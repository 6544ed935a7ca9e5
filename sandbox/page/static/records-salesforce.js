// The opportunities in Salesforce: their co-sell fields, who changed what, and editing one past the bot.

import { arrange, h } from "./dom.js";
import { Card, Cards, Facts, fold, form, labelled, row, select, table } from "./records-parts.js";
import { flash, moment, say, shown } from "./records-parts.js";

const TYPES = { Amount: "number", CloseDate: "date", NextStep: "text" };

/** The Salesforce tab. */
export class Salesforce {
  constructor(root, deps) {
    const list = h("div", { class: "rec-cards" });
    root.append(list);
    this.cards = new Cards(list, (one, onToggle) => new Opportunity(onToggle, deps, () => this.org));
  }

  update(rows, changed, quiet) {
    this.org = rows.get("org");
    const all = [...rows].filter(([key]) => key.startsWith("salesforce:")).map(([, value]) => value);
    const ids = all.map(({ id }) => id).filter((id) => changed.has(`salesforce:${id}`));
    this.cards.update(all, new Set(ids), quiet);
  }
}

class Opportunity extends Card {
  constructor(onToggle, deps, org) {
    super(onToggle);
    this.deps = deps;
    this.org = org;
    this.facts = new Facts();
    this.by = h("p", { class: "rec-by" });
    this.none = h("p", { class: "rec-empty" }, "Nobody has changed it since the start.");
    this.history = h("tbody");
    const heads = ["When", "Who", "Field", "Old → new"];
    this.table = table("Field history", heads, this.history, { class: "rec-table rec-history" });
    this.lines = new Map();
    this.body.append(this.facts.root, this.by, h("h4", {}, "Field history"), this.table, this.none);
  }

  draw(one, quiet) {
    this.one = one;
    say(this.title, one.name);
    say(this.about, `${one.account} · ${one.owner}`);
    say(this.side, one.stage);
    const fields = one.fields.map(({ label, value }) => [label, value]);
    const amount = one.amount === null ? null : `USD ${shown(one.amount)}`;
    this.facts.set([["Stage", one.stage], ["Amount", amount], ["Close Date", one.close], ...fields], quiet);
    say(this.by, `Last changed by ${one.changed_by}, ${moment(one.changed_at)}`);
    this.drawHistory(one, quiet);
    if (!this.editor) this.body.append((this.editor = this.edit()));
  }

  drawHistory({ history, changes }, quiet) {
    this.table.hidden = !changes;
    this.none.hidden = Boolean(changes);
    const lines = history.map((change, index) => {
      const number = changes - index;
      if (!this.lines.has(number)) {
        const values = `${shown(change.old)} → ${shown(change.new)}`;
        const line = row(moment(change.when), change.who, change.field, values);
        this.lines.set(number, line);
        if (!quiet) flash(line);
      }
      return this.lines.get(number);
    });
    arrange(this.history, lines);
  }

  /** The form of somebody who edits the opportunity in Salesforce itself. */
  edit() {
    const { fields, editors } = this.org();
    const field = select("field", Object.entries(fields));
    const another = Object.keys(editors).find((name) => editors[name] !== this.one.owner);
    const by = select("by", Object.entries(editors), another);
    const value = h("div", { class: "rec-field" });
    field.addEventListener("change", () => this.control(field.value, value));
    this.control(field.value, value);
    return fold(
      "Edit in Salesforce, past the bot",
      form([labelled("Field", field), value, labelled("As", by)], "Save in Salesforce", (values) =>
        this.deps.act("salesforce.edit", { id: this.one.id, ...values }),
        "Saved in Salesforce.",
      ),
    );
  }

  /** Puts the control for a field's value in its place, with the present value in it. */
  control(name, holder) {
    const { stage, amount, close, fields } = this.one;
    const next = fields.find((field) => field.name === "NextStep")?.value;
    const present = { StageName: stage, Amount: amount, CloseDate: close, NextStep: next }[name] ?? "";
    const control =
      name === "StageName"
        ? select("value", this.org().stages.map((one) => [one, one]), present)
        : h("input", { name: "value", type: TYPES[name] ?? "text", value: present, step: "any", autocomplete: "off" });
    holder.replaceChildren(...labelled("New value", control).childNodes);
  }
}
