// The story of one deal in six steps. Each step ticks itself off when the records show that it happened.

import { h } from "./dom.js";
import { go, route } from "./route.js";

const CHANNEL = "C0MERIDIAN";
const DEAL = "006000000000003AAA";
const BEN = "U0BEN";
const PAT = "U0PAT";

const STEPS = [
  {
    title: "Tell the bot which deal this channel is about",
    words: "You are Ben, who owns the deal with Meridian Bank. #deal-meridian-aws is shared with AWS.",
    as: BEN,
    text: `/cosell link ${DEAL}`,
    done: (s) => s.messages.some((m) => m.bot_id && m.text.includes("linked")),
  },
  {
    title: "Say it, as you would anyway",
    words: "No form, no copying. The bot hears that the deal is ready and proposes the referral, in the thread of your message.",
    as: BEN,
    text: "Meridian signed off on the budget. Let's submit the referral to AWS.",
    done: (s) => Boolean(s.card),
  },
  {
    title: "Complete what only you know",
    words: "Open the thread and press “Complete details”. AWS wants a few facts that Salesforce does not have. Nothing is made up.",
    as: BEN,
    done: (s) => s.complete || s.referral,
  },
  {
    title: "Be somebody who may not",
    words: "You are Pat from AWS now. Pat sees that there is a card, and none of our values. Press “View details” and read what happens.",
    as: PAT,
    done: (s) => s.refused || s.referral,
  },
  {
    title: "Approve it",
    words: "Ben again. Press “View details”, read what AWS would get, and approve it there. Watch AWS in the records: created, submitted, read back.",
    as: BEN,
    done: (s) => s.referral,
  },
  {
    title: "Read the record",
    words: "Every step is in the ledger, each entry chained to the one before. Then break something, or say “P2B came back at 82”.",
    as: BEN,
    tab: "ledger",
    done: (s) => s.ledgerSeen,
  },
];

/** The tour's card. `deps`: `rows()`, `fill(text)`. */
export class Tour {
  constructor(root, deps) {
    this.root = root;
    this.deps = deps;
    this.at = Number(sessionStorage.getItem("tour") ?? 0);
    this.open = localStorage.getItem("tour") !== "skipped";
    this.refused = false;
    this.draw();
  }

  /** Opens it where it was left, or puts it away for good. */
  toggle() {
    this.open = !this.open;
    localStorage.setItem("tour", this.open ? "open" : "skipped");
    if (this.open && this.at >= STEPS.length) this.step(0);
    this.draw();
  }

  /** Looks whether the present step has happened, and whether the reader is where it happens. */
  update() {
    if (!this.open || this.at >= STEPS.length) return;
    const happened = STEPS[this.at].done(this.seen());
    const away = this.away();
    if (happened === this.happened && away === this.wasAway) return;
    this.happened = happened;
    this.wasAway = away;
    this.draw();
  }

  away() {
    const { as, place } = route();
    return as !== STEPS[this.at].as || place !== CHANNEL;
  }

  seen() {
    const rows = this.deps.rows();
    const messages = [];
    for (const [key, value] of rows) if (key.startsWith(`message:${CHANNEL}:`)) messages.push(value);
    const card = messages.findLast((m) => m.blocks && JSON.stringify(m.blocks).includes("Submit referral to AWS"));
    const complete = Boolean(card) && !JSON.stringify(card.blocks).includes("Complete details");
    const whispers = [...rows].filter(([key]) => key.startsWith(`whisper:${CHANNEL}:`)).map(([, value]) => value);
    const referral = [...rows].some(
      ([key, value]) => key.startsWith("aws:") && JSON.stringify(value).includes(DEAL) && JSON.stringify(value).includes("Submitted"),
    );
    const refused = route().as === PAT && whispers.some((m) => m.text.includes("company that runs this bot"));
    const ledgerSeen = Boolean(document.querySelector('#records [role="tab"][data-tab="ledger"][aria-selected="true"]'));
    return { messages, card, complete, referral, refused, ledgerSeen };
  }

  step(to) {
    this.at = to;
    this.happened = false;
    sessionStorage.setItem("tour", String(to));
    const next = STEPS[to];
    if (next && (route().as !== next.as || route().place !== CHANNEL)) {
      const { thread } = route();
      go({ as: next.as, place: CHANNEL, thread });
    }
    this.draw();
    this.update();
  }

  draw() {
    this.root.hidden = !this.open;
    if (!this.open) return;
    const step = STEPS[this.at];
    if (!step) {
      this.root.replaceChildren(
        h("h2", {}, "That is the whole path"),
        h("p", {}, "From a sentence to an audited record, with nothing copied by hand. Now be somebody else, or break something."),
        h("div", { class: "tour-buttons" }, this.button("Close", () => this.toggle(), true)),
      );
      return;
    }
    const away = this.away();
    this.root.replaceChildren(
      h("p", { class: "tour-count" }, `Step ${this.at + 1} of ${STEPS.length}`),
      h("h2", {}, step.title),
      h("p", {}, step.words),
      h("p", { class: "tour-done", role: "status" }, this.happened ? "✓ Done" : ""),
      h(
        "div",
        { class: "tour-buttons" },
        away ? this.button("Take me there", () => this.step(this.at)) : null,
        !away && step.text && !this.happened ? this.button("Write it for me", () => this.deps.fill(step.text)) : null,
        !away && step.tab && !this.happened ? this.button("Show me", () => this.show(step.tab)) : null,
        this.button("Next", () => this.step(this.at + 1), this.happened),
        this.button("Skip the tour", () => this.toggle()),
      ),
    );
  }

  show(tab) {
    document.querySelector(`#records [role="tab"][data-tab="${tab}"]`)?.click();
    this.update();
  }

  button(label, run, primary = false) {
    return h("button", { type: "button", class: primary ? "primary" : "quiet", onClick: run }, label);
  }
}
