// Rich text blocks and markdown blocks, as nodes.

import { h } from "./dom.js";
import { channelOf, dateOf, emojiOf, linkOf, mention, personOf, plain } from "./mrkdwn.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };
const DEEPEST = 6;

/** The parts of a rich text block: sections, lists, quotes and preformatted texts. */
export const richText = (parts, context) => parts.map((part) => richPart(part, context));

function richPart(part, context) {
  const inside = () => (part.elements ?? []).map((one) => richPiece(one, context));
  switch (part.type) {
    case "rich_text_list": {
      const ordered = part.style === "ordered";
      const props = {
        class: `rich-list level-${(part.indent ?? 0) % 3}`,
        style: { marginInlineStart: `${Math.min(part.indent ?? 0, DEEPEST) * 24}px` },
        start: ordered && part.offset ? part.offset + 1 : null,
      };
      const items = part.elements.map((item) => h("li", { dir: "auto" }, richPart(item, context)));
      return h(ordered ? "ol" : "ul", props, items);
    }
    case "rich_text_quote":
      return h("blockquote", { dir: "auto" }, inside());
    case "rich_text_preformatted":
      return h("pre", { dir: "ltr" }, inside());
    default:
      return h("div", { class: "rich-section", dir: "auto" }, inside());
  }
}

function richPiece(one, context) {
  return Object.entries(STYLES).reduce(
    (node, [style, tag]) => (one.style?.[style] ? h(tag, {}, node) : node),
    bare(one, context),
  );
}

function bare(one, context) {
  switch (one.type) {
    case "link":
      return linkOf(one.url, one.text || one.url);
    case "emoji":
      return emojiOf(one.name, context, one.skin_tone) ?? `:${one.name}:`;
    case "user":
      return personOf(one.user_id, context);
    case "channel":
      return channelOf(one.channel_id, context);
    case "usergroup":
      return mention(`@${one.usergroup_id}`);
    case "broadcast":
      return mention(`@${one.range}`);
    case "date":
      return dateOf(one.timestamp, one.format, one.fallback ?? "", one.url);
    default:
      return one.text ?? one.value ?? "";
  }
}

// -- markdown -----------------------------------------------------------------------------------------------

const FENCE = /```[^\n]*\n([\s\S]*?)(?:\n```|$)/;
const LINE = {
  heading: /^(#{1,6})\s+(.*)$/,
  item: /^(\s*)(?:[-*+]|(\d+)[.)])\s+(.*)$/,
  quote: /^>\s?(.*)$/,
  rule: /^(?:-{3,}|\*{3,})$/,
};
const INLINE = [
  /`([^`\n]+)`/,
  /\[([^\]\n]+)\]\(([^\s)]+)\)/,
  /\*\*(?=\S)(.+?)\*\*/,
  /~~(?=\S)(.+?)~~/,
  /\*(?=[^\s*])([^*\n]+)\*/,
  /(?<!\w)_(?=\S)([^_\n]+)_(?!\w)/,
  /(https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"\]*_~])/,
];
const SPAN = new RegExp(INLINE.map(({ source }) => source).join("|"), "g");
const TAGS = ["strong", "s", "em", "em"];

/** A markdown block's text: headings, lists, quotes, code, links and styles; anything else stays as it is written. */
export function markdown(text, context) {
  const parts = text.split(FENCE);
  return parts.flatMap((part, index) => (index % 2 ? h("pre", { dir: "ltr" }, part) : blocksOf(part, context)));
}

function blocksOf(text, context) {
  const nodes = [];
  let open = null; // the list, quote or paragraph that the next line may go on with
  const goOn = (kind, tag, props = {}) => {
    if (open?.kind !== kind) {
      open = { kind, node: h(tag, { dir: "auto", ...props }) };
      nodes.push(open.node);
    } else if (kind === "quote" || kind === "text") open.node.append(h("br"));
    return open.node;
  };
  for (const line of text.split("\n")) {
    const found = (kind) => LINE[kind].exec(line);
    let match;
    if (!line.trim()) open = null;
    else if (found("rule")) {
      open = null;
      nodes.push(h("hr", { class: "block-divider" }));
    } else if ((match = found("heading"))) {
      open = null;
      const kind = `markdown-heading level-${match[1].length}`;
      nodes.push(h("h4", { class: kind, dir: "auto" }, spans(match[2], context)));
    } else if ((match = found("item"))) {
      const list = match[2]
        ? goOn("ordered", "ol", { class: "rich-list", start: match[2] })
        : goOn("bullets", "ul", { class: "rich-list" });
      const style = { marginInlineStart: `${Math.min(match[1].length, 12) * 8}px` };
      list.append(h("li", { dir: "auto", style }, spans(match[3], context)));
    } else if ((match = found("quote"))) goOn("quote", "blockquote").append(...spans(match[1], context));
    else goOn("text", "p", { class: "markdown-text" }).append(...spans(line, context));
  }
  return nodes;
}

function spans(text, context) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(SPAN)) {
    const [, code, label, address, ...rest] = found;
    const bareAddress = rest.pop();
    nodes.push(plain(text.slice(at, found.index), context));
    if (code !== undefined) nodes.push(h("code", {}, code));
    else if (label !== undefined) nodes.push(linkOf(address, spans(label, context)));
    else if (bareAddress !== undefined) nodes.push(linkOf(bareAddress, bareAddress));
    else {
      const index = rest.findIndex((inside) => inside !== undefined);
      nodes.push(h(TAGS[index], {}, spans(rest[index], context)));
    }
    at = found.index + found[0].length;
  }
  nodes.push(plain(text.slice(at), context));
  return nodes;
}
