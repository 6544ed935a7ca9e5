// Where people write: Enter sends, Shift+Enter breaks the line; commands and people complete as they are typed.

import { h } from "./dom.js";
import { clip, sized, unfit } from "./files.js";

const MOST_LINES = 10;
let made = 0;

/** A composer. `deps`: `rows()`, `send(text) -> {ok, error}`, `drop(text, file, progress) -> {ok, error}`, `inThread`. */
export class Composer {
  constructor(deps) {
    this.deps = deps;
    this.files = [];
    this.sending = null; // the file that is on its way, and its bar
    const id = `composer-${++made}`;
    this.list = h("ul", { class: "completions", role: "listbox", id: `${id}-list`, "aria-label": "Suggestions", hidden: true });
    this.box = h("textarea", {
      rows: "1",
      id,
      dir: "auto",
      role: "combobox",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      "aria-controls": `${id}-list`,
      onInput: () => this.typed(),
      onKeydown: (event) => this.key(event),
      onBlur: () => setTimeout(() => this.complete([]), 150),
    });
    this.label = h("label", { class: "hidden-text", for: id });
    this.trouble = h("p", { class: "composer-trouble", role: "alert" });
    this.chosen = h("div", { class: "composer-files" });
    this.picker = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      "aria-label": "Files to attach",
      onChange: () => {
        this.attach([...this.picker.files]);
        this.picker.value = "";
      },
    });
    this.button = h("button", { type: "button", class: "send", "aria-label": "Send", onClick: () => this.send() }, "➤");
    this.element = h(
      "div",
      { class: "composer" },
      this.label,
      this.list,
      this.box,
      this.chosen,
      h(
        "div",
        { class: "composer-bar" },
        h(
          "button",
          { type: "button", class: "tool", "aria-label": "Attach files", title: "Attach files", onClick: () => this.picker.click() },
          clip(),
        ),
        h("span", { class: "composer-hint" }, "Enter sends · Shift+Enter for a new line"),
        this.button,
      ),
      this.trouble,
      this.picker,
    );
  }

  /** Sets what the empty box says. */
  name(text) {
    this.label.textContent = text;
    this.box.placeholder = text;
  }

  /** Puts a text into the box, ready to be sent. */
  fill(text) {
    this.box.value = text;
    this.typed();
    this.complete([]);
    this.box.focus();
  }

  typed() {
    this.trouble.textContent = "";
    this.box.rows = Math.min(MOST_LINES, this.box.value.split("\n").length);
    const upTo = this.box.value.slice(0, this.box.selectionStart);
    const mention = /(^|\s)@([\p{L}-]*)$/u.exec(upTo);
    if (/^\/\S*$/.test(upTo)) this.complete(this.commands(upTo));
    else if (mention) this.complete(this.people(mention[2], upTo));
    else this.complete([]);
  }

  commands(start) {
    return (this.deps.rows().get("app")?.commands ?? [])
      .filter(({ command }) => command.startsWith(start))
      .map(({ command, description, usage_hint: usage }) => ({
        label: `${command} ${usage ?? ""}`,
        hint: description,
        text: `${command} `,
        from: 0,
      }));
  }

  people(start, upTo) {
    return Object.values(this.deps.rows().get("people"))
      .filter(({ real_name: name, deleted }) => !deleted && name.toLowerCase().startsWith(start.toLowerCase()))
      .map(({ real_name: name, title, bot }) => ({
        label: name,
        hint: bot ? "App" : title,
        text: `@${name} `,
        from: upTo.length - start.length - 1,
      }));
  }

  complete(items) {
    this.items = items;
    this.at = 0;
    this.list.hidden = !items.length;
    this.box.setAttribute("aria-expanded", String(items.length > 0));
    this.list.replaceChildren(
      ...items.map((item, index) =>
        h(
          "li",
          { role: "option", id: `${this.list.id}-${index}`, onMousedown: (e) => (e.preventDefault(), this.take(item)) },
          h("span", {}, item.label),
          h("small", {}, item.hint),
        ),
      ),
    );
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((li, index) => li.setAttribute("aria-selected", String(index === this.at)));
    if (this.items.length) this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  take({ text, from }) {
    const end = this.box.selectionStart;
    this.box.setRangeText(text, from, end, "end");
    this.typed();
    this.complete([]);
  }

  key(event) {
    if (this.items?.length) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) this.at = (this.at + step + this.items.length) % this.items.length;
      if (step) this.mark();
      if (event.key === "Escape") this.complete([]);
      if (event.key === "Tab" || event.key === "Enter") this.take(this.items[this.at]);
      if (step || ["Escape", "Tab", "Enter"].includes(event.key)) event.preventDefault();
      return;
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }

  /** Takes files along with what will be sent. */
  attach(files) {
    this.trouble.textContent = files.map(unfit).filter(Boolean).join(" ");
    this.files.push(...files.filter((file) => !unfit(file)));
    this.drawFiles();
    this.box.focus();
  }

  drawFiles() {
    const remove = (file) => () => {
      this.files = this.files.filter((other) => other !== file);
      this.drawFiles();
    };
    this.chosen.replaceChildren(
      ...this.files.map((file) =>
        h(
          "span",
          { class: "composer-file" },
          h("span", { dir: "auto" }, file.name),
          h("small", {}, sized(file.size)),
          this.sending?.file === file
            ? this.sending.bar
            : h("button", { type: "button", class: "tool", "aria-label": `Remove ${file.name}`, onClick: remove(file) }, "✕"),
        ),
      ),
    );
  }

  async send() {
    const text = this.box.value.trim();
    if ((!text && !this.files.length) || this.button.disabled) return;
    if (this.deps.inThread && text.startsWith("/")) {
      this.trouble.textContent = `Slack has no commands in threads. Send ${text.split(" ")[0]} in the channel.`;
      return;
    }
    this.button.disabled = true;
    const answer = await (this.files.length ? this.dropAll(this.mentioned(text)) : this.deps.send(this.mentioned(text)));
    this.button.disabled = false;
    if (!answer.ok) {
      this.trouble.textContent = answer.error;
      return;
    }
    this.box.value = "";
    this.typed();
    this.box.focus();
  }

  /** Drops what is attached, one after another, the words with the first; what did not arrive stays attached. */
  async dropAll(text) {
    let words = text;
    for (const file of [...this.files]) {
      if (!this.files.includes(file)) continue; // taken away meanwhile
      const bar = h("progress", { max: "1", value: "0", "aria-label": `Sending ${file.name}` });
      this.sending = { file, bar };
      this.drawFiles();
      const answer = await this.deps.drop(words, file, (part) => (bar.value = part));
      this.sending = null;
      if (answer.ok) {
        this.files = this.files.filter((other) => other !== file);
        words = this.box.value = "";
      }
      this.drawFiles();
      if (!answer.ok) return answer;
    }
    return { ok: true };
  }

  /** What was typed, with `@Full Name` as Slack sends it. */
  mentioned(text) {
    const people = Object.values(this.deps.rows().get("people")).sort((a, b) => b.real_name.length - a.real_name.length);
    return people.reduce((said, { id, real_name: name }) => said.replaceAll(`@${name}`, `<@${id}>`), text);
  }
}
