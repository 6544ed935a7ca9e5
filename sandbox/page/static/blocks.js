// Block Kit, drawn as Slack draws it. The stand-in has checked the blocks against Slack's limits.

import { h } from "./dom.js";
import { drawElement, drawImage, stateOf } from "./elements.js";
import { uid } from "./menus.js";
import { plain, textOf } from "./mrkdwn.js";
import { markdown, richText } from "./richtext.js";

/**
 * Blocks as nodes. `context`: `people` and `channels` (Maps by id), `emoji` (by shortcode), `state` (Slack's
 * `state.values`), `errors` (by block id), `disabled`, and `act(block, element, value)` for what is pressed or chosen.
 */
export function renderBlocks(blocks, context) {
  const fragment = document.createDocumentFragment();
  for (const block of blocks) fragment.append((DRAW[block.type] ?? unknown)(block, context));
  return fragment;
}

/** What a person has filled in below `root`, as Slack's `state.values`: by block id, then by action id. */
export function valuesOf(root) {
  const values = {};
  for (const node of root.querySelectorAll("[data-holds]")) {
    const { blockId, actionId } = node.dataset;
    (values[blockId] ??= {})[actionId] = stateOf(node);
  }
  return values;
}

/** Shows these errors (by block id) at their input blocks, and takes all others away. */
export function showErrors(root, errors) {
  for (const block of root.querySelectorAll(".block-input")) {
    const words = errors[block.dataset.blockId] ?? "";
    const line = block.querySelector(".input-error");
    if (line.textContent !== words) line.textContent = words;
    for (const field of fieldsOf(block)) {
      if (words) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  }
}

/** The fields of an input block that can be focused and be wrong, the first of them first. */
export function fieldsOf(block) {
  return [...block.querySelectorAll("input, textarea, .element-select-open, .element-several-open")].filter(
    (field) => !field.closest("[popover]"),
  );
}

const DRAW = {
  header: (block, context) => h("h3", { class: "block block-header", dir: "auto" }, textOf(block.text, context)),
  divider: () => h("hr", { class: "block block-divider" }),
  section,
  context: (block, context) =>
    h(
      "div",
      { class: "block block-context" },
      block.elements.map((one) =>
        one.type === "image" ? drawImage(one, "context-image") : h("span", { dir: "auto" }, textOf(one, context)),
      ),
    ),
  actions: (block, context) =>
    h("div", { class: "block block-actions" }, block.elements.map((one) => drawElement(block, one, context))),
  input,
  image: (block, context) =>
    h(
      "figure",
      { class: "block block-image" },
      block.title ? h("figcaption", { dir: "auto" }, textOf(block.title, context)) : null,
      larger(drawImage(block, "block-image-shown")),
    ),
  rich_text: (block, context) => h("div", { class: "block block-rich" }, richText(block.elements, context)),
  markdown: (block, context) => h("div", { class: "block block-markdown" }, markdown(block.text, context)),
  table,
};

/** A picture that opens in its own size when it is pressed. */
const larger = (picture) =>
  h("a", { href: picture.src, target: "_blank", rel: "noopener noreferrer", class: "block-image-open" }, picture);

function unknown(block) {
  return h("p", { class: "block block-unknown" }, `This block (${block.type}) cannot be shown here.`);
}

function section(block, context) {
  const text = block.text ? h("div", { class: "section-words", dir: "auto" }, textOf(block.text, context)) : null;
  const words = (field) => h("div", { class: "section-field", dir: "auto" }, textOf(field, context));
  const fields = block.fields?.map(words);
  return h(
    "div",
    { class: "block block-section" },
    h("div", { class: "section-text" }, text, fields ? h("div", { class: "section-fields" }, fields) : null),
    block.accessory ? h("div", { class: "section-accessory" }, drawElement(block, block.accessory, context)) : null,
  );
}

function input(block, context) {
  const id = uid("input");
  const hint = block.hint ? `${id}-hint` : null;
  const labels = {
    id,
    label: `${id}-label`,
    described: [`${id}-error`, hint].filter(Boolean).join(" "),
    optional: Boolean(block.optional),
  };
  const boxes = ["checkboxes", "radio_buttons"].includes(block.element.type);
  const words = [
    textOf(block.label, context),
    block.optional ? h("span", { class: "input-optional" }, " (optional)") : null,
  ];
  const name = { class: "input-label", id: labels.label, dir: "auto" };
  const node = h(
    "div",
    { class: "block block-input", dataset: { blockId: block.block_id } },
    boxes ? h("div", name, words) : h("label", { ...name, for: id }, words),
    drawElement(block, block.element, context, labels),
    h("p", { class: "input-error", id: `${id}-error`, dir: "auto" }),
    hint ? h("p", { class: "input-hint", id: hint, dir: "auto" }, textOf(block.hint, context)) : null,
  );
  const error = context.errors?.[block.block_id];
  if (error) showErrors(h("div", {}, node), { [block.block_id]: error });
  return node;
}

function table(block, context) {
  const settings = (index) => block.column_settings?.[index] ?? {};
  const style = (index) => ({
    textAlign: { center: "center", right: "end" }[settings(index)?.align] ?? "start",
    whiteSpace: settings(index)?.is_wrapped ? "normal" : "nowrap",
  });
  const cell = (one) => {
    if (one?.type === "rich_text") return richText(one.elements, context);
    return plain(String(one?.text ?? one?.value ?? ""), context);
  };
  const row = (cells, tag, props) =>
    h("tr", {}, cells.map((one, i) => h(tag, { ...props, style: style(i), dir: "auto" }, cell(one))));
  const [first, ...rest] = block.rows;
  const head = h("thead", {}, row(first, "th", { scope: "col" }));
  const body = h("tbody", {}, rest.map((cells) => row(cells, "td", {})));
  const box = { class: "block block-table", tabindex: "0", role: "group", "aria-label": "Table" };
  return h("div", box, h("table", {}, head, body));
}
