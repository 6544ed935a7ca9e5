// One message: who, when, what, its files, reactions and replies, and what can be done with it.

import { renderBlocks } from "./blocks.js";
import { clock, day, h, millis } from "./dom.js";
import { fileOf } from "./files.js";
import { menu, opens } from "./menus.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, nameOf } from "./people.js";

const QUICK = ["white_check_mark", "eyes", "raised_hands"];

/**
 * A message as an element. `deps`: `context(message)` for its blocks, `rows`, `act(name, what)`, `openThread(ts)`.
 * `compact` leaves out the head, for one more message of the same person.
 */
export function drawMessage(message, channel, deps, { compact = false, inThread = false } = {}) {
  const people = deps.rows.get("people");
  const me = deps.rows.get("me");
  const author = people[message.user];
  const at = millis(message.ts);
  const system = ["channel_join", "tombstone"].includes(message.subtype);
  const time = h("time", { datetime: new Date(at).toISOString(), title: `${day(at)} ${clock(at)}` }, clock(at));
  const body = h("div", { class: "message-body" });
  if (message.is_ephemeral) body.append(h("p", { class: "only-you" }, "👁 Only visible to you"));
  if (!compact) body.append(h("div", { class: "message-head" }, nameOf(author, me), time));
  body.append(content(message, deps));
  body.append(...(message.files ?? []).map(fileOf));
  const reactions = reactionsOf(message, channel, deps);
  if (reactions) body.append(reactions);
  if (message.reply_count && !inThread) body.append(repliesOf(message, people, deps));
  const element = h(
    "div",
    {
      class: `message${compact ? " compact" : ""}${system ? " system" : ""}${message.is_ephemeral ? " ephemeral" : ""}`,
      role: "listitem",
      tabindex: "0",
      dataset: { ts: message.ts },
      "aria-label": `${author?.real_name ?? "Slackbot"}, ${clock(at)}`,
    },
    compact ? h("span", { class: "message-gutter" }, time) : avatar(author),
    body,
  );
  if (!message.is_ephemeral && !system) offerTools(element, message, channel, deps, inThread);
  return element;
}

function content(message, deps) {
  const context = deps.context(message);
  const box = h("div", { class: "message-content", dir: "auto" });
  if (message.blocks?.length) box.append(renderBlocks(message.blocks, context));
  else if (message.text) box.append(h("div", { class: "message-text" }, mrkdwn(message.text, context)));
  if (message.edited && !message.bot_id) box.append(h("span", { class: "edited" }, " (edited)"));
  return box;
}

function reactionsOf(message, channel, deps) {
  if (!message.reactions?.length) return null;
  const me = deps.rows.get("me");
  const buttons = message.reactions.map(({ name, users, count }) => {
    const mine = users.includes(me.id);
    const sign = deps.emoji[name] ?? `:${name}:`;
    return h(
      "button",
      {
        type: "button",
        class: `reaction${mine ? " mine" : ""}`,
        "aria-pressed": String(mine),
        "aria-label": `${name}, ${count}`,
        onClick: () => deps.act("react", { channel, ts: message.ts, name }),
      },
      `${sign} ${count}`,
    );
  });
  return h("div", { class: "reactions" }, buttons);
}

function repliesOf(message, people, deps) {
  const count = message.reply_count;
  const last = clock(millis(message.latest_reply));
  return h(
    "button",
    { type: "button", class: "replies", onClick: () => deps.openThread(message.ts) },
    message.reply_users.slice(0, 4).map((id) => avatar(people[id], "small")),
    h("span", { class: "replies-count" }, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span", { class: "replies-last" }, `Last reply at ${last}`),
  );
}

/** The tools appear when the message is pointed at or focused, as in Slack, and are only built then. */
function offerTools(element, message, channel, deps, inThread) {
  let tools = null;
  const show = () => {
    if (tools) return;
    tools = toolsOf(message, channel, deps, inThread);
    element.append(tools);
  };
  element.addEventListener("mouseenter", show);
  element.addEventListener("focusin", show);
}

function toolsOf(message, channel, deps, inThread) {
  const react = QUICK.map((name) =>
    tool(deps.emoji[name] ?? name, `React with ${name.replaceAll("_", " ")}`, () =>
      deps.act("react", { channel, ts: message.ts, name }),
    ),
  );
  const thread = inThread ? null : tool("💬", "Reply in thread", () => deps.openThread(message.thread_ts ?? message.ts));
  const shortcuts = (deps.rows.get("app")?.shortcuts ?? []).map(({ name, callback_id: callback }) => ({
    label: name,
    hint: "Co-sell",
    run: () => deps.act("shortcut", { channel, ts: message.ts, callback }),
  }));
  const more = shortcuts.length ? [menuOf(shortcuts)] : [];
  return h("div", { class: "message-tools", role: "group", "aria-label": "Message actions" }, react, thread, more);
}

function tool(sign, label, run) {
  return h("button", { type: "button", class: "tool", "aria-label": label, title: label, onClick: run }, sign);
}

/** A "More actions" button with a menu under it. */
function menuOf(items) {
  const opener = tool("⋮", "More actions", () => {});
  opener.setAttribute("aria-haspopup", "menu");
  const lines = items.map(({ label, hint, run }) => ({ text: [label, h("small", {}, ` ${hint}`)], run }));
  opens(opener, (close) => menu("More actions", lines, close));
  return opener;
}
