// Modals: the topmost view of a person's stack in one dialog. What was typed stays while a view stays.

import { fieldsOf, renderBlocks, showErrors, valuesOf } from "./blocks.js";
import { h } from "./dom.js";
import { uid } from "./menus.js";
import { textOf } from "./mrkdwn.js";

const SETTLING = 500; // milliseconds that a view which was sent has to close or to change

/**
 * Shows the views that a person has open. `deps`: `submit(viewId, values)`, `close(viewId)`,
 * `act(viewId, block, element, value)`.
 */
export class Modals {
  constructor(host, deps) {
    this.deps = deps;
    this.forms = new Map();
    this.shown = null;
    this.dialog = h("dialog", {
      class: "modal",
      onCancel: (event) => {
        event.preventDefault();
        this.cancel();
      },
      onClose: () => !this.dialog.open && this.cancel(),
      onKeydown: (event) => this.key(event),
      onPointerdown: (event) => {
        this.pressedOutside = event.target === this.dialog && !this.dialog.querySelector(":popover-open");
      },
      onClick: (event) => {
        if (event.target === this.dialog && this.pressedOutside) this.cancel();
      },
    });
    host.append(this.dialog);
  }

  /** Draws the topmost of `views`, or only its errors where it is drawn already; without views the dialog closes. */
  show(views, context) {
    const ids = views.map(({ id }) => id);
    for (const id of this.forms.keys()) if (!ids.includes(id)) this.forms.delete(id);
    const view = views.at(-1);
    if (!view) {
      this.close();
      return;
    }
    const known = this.forms.get(view.id);
    const same = known?.view.hash === view.hash;
    const form = same ? known : new Form(view, context, this.deps, () => this.cancel(), known);
    this.forms.set(view.id, form);
    if (this.shown !== form) this.put(form, known);
    form.take(view);
  }

  put(form, before) {
    const at = this.shown === before ? before?.focused() : null;
    const top = this.shown === before ? (before?.body.scrollTop ?? 0) : 0;
    if (!this.dialog.open) this.back = placeOf(document.activeElement);
    this.shown = form;
    this.dialog.replaceChildren(form.root);
    this.dialog.setAttribute("aria-labelledby", form.title);
    if (!this.dialog.open) this.dialog.showModal();
    form.body.scrollTop = top;
    form.focus(at);
  }

  close() {
    this.shown = null;
    if (!this.dialog.open) return;
    this.dialog.close();
    this.dialog.replaceChildren();
    if (document.activeElement === document.body) this.back()?.focus();
  }

  async cancel() {
    const form = this.shown;
    if (!form || form.closing) return;
    form.closing = true;
    try {
      await this.deps.close(form.view.id);
    } finally {
      form.closing = false;
    }
    if (this.shown === form && !this.dialog.open) this.dialog.showModal();
  }

  key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.cancel();
    }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.shown?.submit();
  }
}

/** Where the focus is: a function that finds that element again, or the one that was drawn in its place. */
function placeOf(node) {
  const { blockId, actionId } = node?.dataset ?? {};
  const ts = node?.closest?.("[data-ts]")?.dataset.ts;
  return () => {
    if (node?.isConnected) return node;
    const card = ts ? document.querySelector(`[data-ts="${CSS.escape(ts)}"]`) : document;
    const same = [...(card?.querySelectorAll("[data-action-id]") ?? [])].find(
      ({ dataset }) => dataset.blockId === blockId && dataset.actionId === actionId,
    );
    return same ?? (ts ? card : null);
  };
}

/** One view as a form; `before` is the form of the same view until now, whose answers are kept. */
class Form {
  constructor(view, context, deps, cancel, before) {
    this.view = view;
    this.deps = deps;
    this.title = uid("title");
    this.own = {};
    this.theirs = {};
    const inside = {
      ...context,
      state: { ...view.state?.values, ...(before ? valuesOf(before.body) : {}) },
      errors: {},
      act: (block, element, value) => deps.act(view.id, block, element, value),
    };
    const cancelling = view.close ? textOf(view.close, context) : view.submit ? "Cancel" : "Close";
    this.send = view.submit
      ? h("button", { type: "submit", class: "element-button primary" }, textOf(view.submit, context))
      : null;
    this.trouble = h("p", { class: "modal-trouble", role: "alert", dir: "auto" });
    this.body = h("div", { class: "modal-body", tabindex: "-1" }, this.trouble, renderBlocks(view.blocks, inside));
    this.root = h(
      "form",
      { class: "modal-form", novalidate: true, onSubmit: (event) => (event.preventDefault(), this.submit()) },
      h(
        "header",
        { class: "modal-head" },
        h("h2", { id: this.title, dir: "auto" }, textOf(view.title, context)),
        h("button", { type: "button", class: "modal-close", "aria-label": "Close the form", onClick: cancel }, "✕"),
      ),
      this.body,
      h(
        "footer",
        { class: "modal-foot" },
        h("button", { type: "button", class: "element-button", onClick: cancel }, cancelling),
        this.send,
      ),
    );
  }

  /** Takes over the errors of the view as it is now. */
  take(view) {
    const changed = JSON.stringify(view.errors ?? {}) !== JSON.stringify(this.theirs);
    this.view = view;
    if (!changed) return;
    this.theirs = view.errors ?? {};
    this.drawErrors();
    this.done();
  }

  drawErrors() {
    showErrors(this.body, { ...this.theirs, ...this.own });
  }

  async submit() {
    if (!this.send || this.sending) return;
    const values = valuesOf(this.body);
    this.own = problems(this.view, values, this.body);
    this.trouble.textContent = "";
    this.drawErrors();
    if (Object.keys(this.own).length) {
      this.focusWrong();
      return;
    }
    this.sending = true;
    this.send.setAttribute("aria-busy", "true");
    this.send.setAttribute("aria-disabled", "true");
    const lost = { ok: false, error: "This could not be sent. Try again in a moment." };
    const answer = await this.deps.submit(this.view.id, values).catch(() => lost);
    if (answer.ok) setTimeout(() => this.done(), SETTLING);
    else this.done(answer.error ?? lost.error);
  }

  /** Lets the form be sent again, and leads to what is wrong with it. */
  done(error = "") {
    if (!this.sending) return;
    this.sending = false;
    this.send.removeAttribute("aria-busy");
    this.send.removeAttribute("aria-disabled");
    if (error) {
      this.trouble.textContent = error;
      this.body.scrollTop = 0;
    } else this.focusWrong();
  }

  focusWrong() {
    if (this.root.isConnected) this.body.querySelector('[aria-invalid="true"]')?.focus();
  }

  /** The block whose field has the focus. */
  focused() {
    return document.activeElement?.closest(".modal-body [data-block-id]")?.dataset.blockId;
  }

  /** Puts the focus into the field of a block; by default where the view wants it, or into the first. */
  focus(blockId) {
    const wanted = blockId ? inputBlock(blockId) : ".block-input:has([data-focus-on-load])";
    const block = this.body.querySelector(wanted) ?? this.body.querySelector(".block-input");
    const field = block ? fieldsOf(block)[0] : this.body.querySelector("button, a");
    (field ?? this.send ?? this.body).focus({ preventScroll: Boolean(blockId) });
  }
}

const inputBlock = (blockId) => `.block-input[data-block-id="${CSS.escape(blockId)}"]`;

/** What Slack's own form would not send, by block id. */
function problems(view, values, body) {
  const found = {};
  for (const block of view.blocks.filter(({ type }) => type === "input")) {
    const { type, ...state } = values[block.block_id]?.[block.element.action_id] ?? {};
    if (!type) continue;
    const [field] = fieldsOf(body.querySelector(inputBlock(block.block_id)));
    const problem = problemOf(block, Object.values(state)[0], field);
    if (problem) found[block.block_id] = problem;
  }
  return found;
}

function problemOf({ element, optional }, value, field) {
  if (field?.validity?.badInput) return "Complete this, or clear it.";
  const empty = value === null || value === undefined || value.length === 0;
  if (empty) return optional ? null : "Complete this required field.";
  switch (element.type) {
    case "number_input":
      return numberProblem(element, value);
    case "plain_text_input":
      return value.length < (element.min_length ?? 0) ? `Enter at least ${element.min_length} characters.` : null;
    case "email_text_input":
      return field.validity.typeMismatch ? "Enter an email address, such as name@example.com." : null;
    case "url_text_input":
      return field.validity.typeMismatch ? "Enter a web address, such as https://example.com." : null;
    default:
      return null;
  }
}

function numberProblem({ min_value: min, max_value: max, is_decimal_allowed: decimals }, text) {
  const number = Number(text);
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(text)) return "Enter a number, such as 82.";
  if (!decimals && !Number.isInteger(number)) return "Enter a whole number.";
  if (min !== undefined && number < Number(min)) return `Enter ${min} or more.`;
  if (max !== undefined && number > Number(max)) return `Enter ${max} or less.`;
  return null;
}
