// A conversation: a channel with its messages, or one thread of it, and a composer below.

import { Composer } from "./composer.js";
import { arrange, day, h, millis } from "./dom.js";
import { catches } from "./files.js";
import { drawMessage } from "./message.js";

const TOGETHER = 5 * 60 * 1000; // messages of one person within five minutes stand under one name
const NEAR = 80; // pixels from the end that still count as being at the end

/** Draws messages in order and keeps the reader's place. `deps` as for a message, and `say(text, thread)` and `drop(text, file, thread, progress)`. */
export class Conversation {
  constructor(root, deps, { inThread = false } = {}) {
    this.root = root;
    this.deps = deps;
    this.inThread = inThread;
    this.drawn = new Map();
    this.head = h("header", { class: "conversation-head" });
    this.list = h("div", { class: "messages", role: "list", "aria-label": "Messages" });
    this.scroll = h("div", { class: "scroll", tabindex: "0", role: "region", onScroll: () => this.scrolled() }, this.list);
    this.newer = h("button", { type: "button", class: "newer", hidden: true, onClick: () => this.toEnd() }, "New messages ↓");
    this.composer = new Composer({
      rows: () => deps.rows,
      inThread,
      send: (text) => deps.say(text, inThread ? this.thread : null),
      drop: (text, file, progress) => deps.drop(text, file, inThread ? this.thread : null, progress),
    });
    this.closed = h("p", { class: "closed" });
    this.pinned = true; // at the end, and to be kept there while what is drawn grows
    this.end = 0; // where the end was when it was last gone to
    new ResizeObserver(() => this.stays() && this.toEnd()).observe(this.list);
    catches(root, () => !this.composer.element.hidden, (files) => this.composer.attach(files));
    root.replaceChildren(this.head, this.scroll, this.newer, this.composer.element, this.closed);
  }

  /** Shows a channel, or a thread of it; stays where the reader was unless they were at the end. */
  show(channel, thread = null) {
    const moved = channel.id !== this.channel?.id || thread !== this.thread;
    if (moved) this.pinned = true;
    this.channel = channel;
    this.thread = thread;
    if (moved) this.drawn.clear();
    const messages = this.messages();
    const nodes = this.nodes(messages);
    arrange(this.list, nodes);
    this.drawHead(messages);
    this.open(messages);
    const newest = messages.at(-1)?.ts;
    if (moved || this.stays()) this.toEnd();
    else if (newest !== this.newest) this.newer.hidden = false;
    this.newest = newest;
  }

  messages() {
    const { rows } = this.deps;
    const prefix = [`message:${this.channel.id}:`, `whisper:${this.channel.id}:`];
    const found = [];
    for (const [key, message] of rows) {
      if (!prefix.some((start) => key.startsWith(start))) continue;
      const root = message.thread_ts ?? message.ts;
      const top = root === message.ts || message.subtype === "thread_broadcast";
      if (this.inThread ? root === this.thread || message.ts === this.thread : top) found.push(message);
    }
    return found.sort((a, b) => (a.ts < b.ts ? -1 : 1));
  }

  nodes(messages) {
    const nodes = [];
    const kept = new Map();
    let before = null;
    for (const message of messages) {
      if (!before || day(millis(before.ts)) !== day(millis(message.ts))) nodes.push(this.divider(message.ts));
      const near = before && millis(message.ts) - millis(before.ts) < TOGETHER && before.user === message.user;
      const compact = Boolean(near && !message.is_ephemeral && !message.subtype && !before.subtype && !message.blocks);
      const key = `${message.ts}${message.is_ephemeral ? "!" : ""}`;
      const known = this.drawn.get(key);
      const entry =
        known?.message === message && known.compact === compact
          ? known
          : { message, compact, element: drawMessage(message, this.channel.id, this.deps, { compact, inThread: this.inThread }) };
      kept.set(key, entry);
      nodes.push(entry.element);
      before = message;
    }
    this.drawn = kept;
    return nodes;
  }

  divider(ts) {
    const words = day(millis(ts));
    const key = `day ${words}`;
    this.days ??= new Map();
    if (!this.days.has(key)) this.days.set(key, h("div", { class: "day", role: "listitem" }, h("span", {}, words)));
    return this.days.get(key);
  }

  drawHead(messages) {
    const { channel } = this;
    const title = channel.kind === "im" ? "Co-sell" : `#${channel.name}`;
    this.scroll.setAttribute("aria-label", this.inThread ? `Thread in ${title}` : title);
    if (this.inThread) {
      const close = h("button", { type: "button", class: "tool", "aria-label": "Close the thread", onClick: this.deps.closeThread }, "✕");
      this.head.replaceChildren(h("div", {}, h("h2", {}, "Thread"), h("span", {}, title)), close);
      return;
    }
    const about = [`${channel.members.length} ${channel.members.length === 1 ? "person" : "people"}`];
    if (channel.shared) about.push("shared with AWS (Slack Connect)");
    if (channel.archived) about.push("archived");
    this.head.replaceChildren(h("div", {}, h("h2", { dir: "auto" }, title), h("span", {}, about.join(" · "))), ...this.deps.headTools(channel));
    if (!messages.length) arrange(this.list, [h("p", { class: "empty" }, `This is the start of ${title}.`)]);
  }

  open() {
    const { channel } = this;
    const messagesOff = channel.kind === "im" && !this.deps.rows.get("app")?.messages;
    const why = channel.archived
      ? "This channel is archived: nothing can be written in it any more."
      : messagesOff
        ? "Sending messages to this app has been turned off. Use its Home tab, or /cosell in a channel."
        : "";
    this.closed.textContent = why;
    this.closed.hidden = !why;
    this.composer.element.hidden = Boolean(why);
    this.composer.name(this.inThread ? "Reply…" : `Message #${channel.name}`);
  }

  atEnd() {
    return this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < NEAR;
  }

  /** Whether to stay at the end: the browser tells of a reader who has just scrolled away only with its next frame. */
  stays() {
    this.pinned &&= this.scroll.scrollTop > this.end - NEAR || this.atEnd();
    return this.pinned;
  }

  toEnd() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.end = this.scroll.scrollTop;
    this.pinned = true;
    this.newer.hidden = true;
  }

  scrolled() {
    this.pinned = this.atEnd();
    if (this.pinned) this.newer.hidden = true;
  }
}
