// AWS Partner Central: our opportunities there, AWS's side of them, and AWS's people by hand.

import { arrange, h } from "./dom.js";
import { Card, Cards, Facts, flash, fold, form, labelled, repill, say } from "./records-parts.js";
import { date, moment, pill, shown } from "./records-parts.js";

const KINDS = { Approved: "good", Submitted: "busy", "In review": "busy", Rejected: "bad", "Action Required": "warn" };
const DECISIONS = [
  ["Approved", "Approve"],
  ["Action Required", "Action required"],
  ["Rejected", "Reject"],
];

/** The AWS tab. */
export class Aws {
  constructor(root, deps) {
    this.invited = new Map();
    this.invitations = h("div", { class: "rec-cards" });
    const list = h("div", { class: "rec-cards" });
    this.cards = new Cards(list, (one, onToggle) => new Referral(onToggle, deps));
    const input = (name, placeholder) =>
      h("input", { name, placeholder, required: true, autocomplete: "off", maxlength: 120 });
    const refer = form(
      [
        labelled("Company", input("company", "Larkspur Foods")),
        labelled("Project", input("title", "Cold chain analytics")),
      ],
      "Send the referral",
      (values) => deps.act("aws.refer", values),
      "Sent. The invitation is in our inbox.",
    );
    root.append(this.invitations, list, fold("Send us a referral, as AWS", refer));
  }

  update(rows, changed, quiet) {
    const all = [...rows].filter(([key]) => key.startsWith("aws:")).map(([, value]) => value);
    const ids = all.map(({ id }) => id).filter((id) => changed.has(`aws:${id}`));
    this.cards.update(all, new Set(ids), quiet);
    const invitations = [...rows].filter(([key]) => key.startsWith("invitation:")).map(([, value]) => value);
    arrange(this.invitations, invitations.map((one) => this.invitation(one, quiet)));
  }

  invitation(one, quiet) {
    if (!this.invited.has(one.id)) {
      const words = `${one.company} · ${one.kind.toLowerCase()} from AWS, open until ${date(one.expires)}`;
      const about = h(
        "span",
        { class: "rec-card-words" },
        h("span", { class: "rec-card-title", dir: "auto" }, one.title),
        h("span", { class: "rec-card-about", dir: "auto" }, words),
      );
      const card = h("article", { class: "rec-card rec-invitation" }, about, pill("Invitation", "busy"));
      this.invited.set(one.id, quiet ? card : flash(card));
    }
    return this.invited.get(one.id);
  }
}

class Referral extends Card {
  constructor(onToggle, deps) {
    super(onToggle);
    this.deps = deps;
    this.pill = pill("");
    this.side.append(this.pill);
    this.facts = new Facts();
    this.theirs = new Facts();
    this.summary = h("section", { hidden: true }, h("h4", {}, "AWS's summary"), this.theirs.root);
    this.review = this.reviewer();
    this.body.append(this.facts.root, this.summary, this.review);
  }

  draw(one, quiet) {
    this.one = one;
    say(this.title, one.title);
    say(this.about, `${one.id} · ${one.company}`);
    repill(this.pill, one.status, KINDS[one.status]);
    this.facts.set(
      [
        ["Review status", one.status],
        ["AWS's comment", one.comments ?? undefined],
        ["Stage", one.stage],
        ["Target close", one.close],
        ["Monthly AWS spend", one.spend === null ? null : `USD ${shown(Number(one.spend))}`],
        ["Solutions", one.solutions],
        ["Our reference", one.reference],
        ["Last changed", moment(one.changed_at)],
      ],
      quiet,
    );
    this.drawSummary(one.summary, quiet);
    this.review.hidden = !["Submitted", "In review"].includes(one.status);
  }

  drawSummary(summary, quiet) {
    const first = this.summary.hidden;
    this.summary.hidden = !summary;
    if (!summary) return;
    if (first && !quiet) flash(this.summary);
    const once = (value) => value ?? undefined;
    this.theirs.set(
      [
        ["Involvement", `${shown(summary.involvement)}, ${shown(summary.visibility).toLowerCase()} visibility`],
        ["Motion", once(summary.motion)],
        ["AWS team", summary.team],
        ["Engagement score", once(summary.engagement)],
        ["Opportunity quality", once(summary.quality && `${summary.quality} · ${summary.trend.toLowerCase()}`)],
        ["Next best action", once(summary.next)],
        ["Recommendations", summary.recommendations.length ? summary.recommendations : undefined],
      ],
      quiet || first,
    );
  }

  /** What AWS's reviewer can do while it waits for a review. */
  reviewer() {
    const hint = "What they would write";
    const comment = h("input", { name: "comments", autocomplete: "off", placeholder: hint, maxlength: 500 });
    const decision = ([value, label]) => h("button", { type: "submit", class: "rec-button", value }, label);
    const decide = ({ comments }, decision) => this.deps.act("aws.review", { id: this.one.id, decision, comments });
    return h(
      "section",
      { class: "rec-act" },
      h("h4", {}, "Act as AWS's reviewer"),
      form([labelled("Comment (optional)", comment)], DECISIONS.map(decision), decide, "Decided."),
    );
  }
}
