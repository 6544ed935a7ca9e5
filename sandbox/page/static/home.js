// The app's own place: its Home tab, as it published it for this person, and what it is.

import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";

/** Draws the Home tab and keeps it as the app publishes it. `deps`: `rows`, `context`, `act`. */
export class Home {
  constructor(root, deps) {
    this.root = root;
    this.deps = deps;
  }

  /** Opens it: the app is told, and draws it anew. */
  open() {
    this.shown = undefined;
    this.deps.act("home");
    this.update();
  }

  /** Redraws what the app published, if it did. */
  update() {
    const view = this.deps.rows.get("home") ?? null;
    if (this.shown !== undefined && view === this.shown) return;
    this.shown = view;
    const off = !this.deps.rows.get("app")?.home;
    const words = off ? "This app has no Home tab." : "Loading what the app has for you…";
    const body = view
      ? h("div", { class: "home-view" }, renderBlocks(view.blocks, this.deps.context(view)))
      : h("p", { class: "empty" }, words);
    const head = h("header", { class: "conversation-head" }, h("div", {}, h("h2", {}, "⚡ Co-sell"), h("span", {}, "App · Home")));
    this.root.replaceChildren(head, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Home tab" }, body));
  }
}
