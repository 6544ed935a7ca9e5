// The sidebar: channels, direct messages, the app; what is unread is bold.

import { arrange, h } from "./dom.js";
import { go } from "./route.js";

const seenKey = (as) => `seen:${as}`;

/** Draws the sidebar and remembers, in this tab, what was read. */
export class Sidebar {
  constructor(root) {
    this.root = root;
  }

  /** Redraws it; `unread` is worked out from the newest message of each channel. */
  update(rows, here) {
    const channels = [...rows].filter(([key]) => key.startsWith("channel:")).map(([, value]) => value);
    const newest = newestOf(rows);
    const seen = JSON.parse(sessionStorage.getItem(seenKey(here.as)) ?? "{}");
    if (!(here.as in this.known())) for (const { id } of channels) seen[id] ??= newest.get(id) ?? "";
    seen[here.place] = newest.get(here.place) ?? seen[here.place];
    sessionStorage.setItem(seenKey(here.as), JSON.stringify(seen));
    const named = (kind) => channels.filter((c) => (c.kind === "im") === (kind === "im")).sort(byName);
    const link = (channel) => this.link(channel, rows, here, (newest.get(channel.id) ?? "") > (seen[channel.id] ?? ""));
    const deals = named("channel").filter((c) => c.name.startsWith("deal-"));
    const others = named("channel").filter((c) => !c.name.startsWith("deal-"));
    const app = rows.get("app");
    const me = rows.get("me");
    arrange(this.root, [
      h("div", { class: "side-team" }, h("strong", {}, me.company), h("span", {}, me.guest ? "guest access" : "")),
      ...section("Deal channels", deals.map(link)),
      ...section("Channels", others.map(link)),
      ...section("Direct messages", named("im").map(link)),
      ...section("Apps", app ? [place("home", here, h("span", { class: "side-app" }, "⚡"), "Co-sell", false)] : []),
    ]);
  }

  known() {
    return Object.fromEntries(Object.keys(sessionStorage).filter((k) => k.startsWith("seen:")).map((k) => [k.slice(5), 1]));
  }

  link(channel, rows, here, unread) {
    const direct = channel.kind === "im";
    const sign = direct ? "●" : channel.kind === "group" ? "🔒" : "#";
    const name = direct ? "Co-sell" : channel.name;
    const shared = channel.shared
      ? h("span", { class: "side-shared", title: "Shared with AWS (Slack Connect)" }, "shared")
      : null;
    return place(channel.id, here, h("span", { class: "side-sign", "aria-hidden": "true" }, sign), name, unread, shared);
  }
}

function place(id, here, sign, name, unread, extra) {
  const current = here.place === id;
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `side-link${current ? " current" : ""}${unread ? " unread" : ""}`,
        "aria-current": current ? "page" : null,
        dataset: { place: id },
        onClick: () => go({ place: id }),
      },
      sign,
      h("span", { class: "side-name", dir: "auto" }, name),
      extra,
      unread ? h("span", { class: "hidden-text" }, "unread") : null,
    ),
  );
}

function section(title, items) {
  return items.length ? [h("h2", { class: "side-title" }, title), h("ul", {}, items)] : [];
}

function newestOf(rows) {
  const newest = new Map();
  for (const key of rows.keys()) {
    const [kind, channel, ts] = key.split(":");
    if (kind === "message" && ts > (newest.get(channel) ?? "")) newest.set(channel, ts);
  }
  return newest;
}

const byName = (a, b) => a.name.localeCompare(b.name);
