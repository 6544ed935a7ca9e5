// Slack's mrkdwn, as nodes. Texts become text nodes; only http, https and mailto become links.

import { clock, day, h } from "./dom.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const PRE = /```([\s\S]+?)```/;
const QUOTE = /^(?:&gt;|>) ?/;
const EMOJI = /:([\w+'-]+):(?::skin-tone-([2-6]):)?/g;
const ADDRESS = /(https?:\/\/(?:(?!&[lg]t;)[^\s<>|`])*(?!&[lg]t;)[^\s<>|`.,;:!?)'"\]*_~])/;
const TOKEN = new RegExp(`${/`([^`\n]+)`|<([^<>\n]+)>/.source}|${EMOJI.source}|${ADDRESS.source}`, "g");
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const HELD = "\ufffc"; // stands where a node was taken out of a line, so that styles may run across it

/**
 * A text with Slack's markup as nodes. `context`: `people` and `channels` (Maps by id), `emoji` (by shortcode), and
 * `verbatim`, with which bare addresses stay text.
 */
export function mrkdwn(text, context) {
  const fragment = document.createDocumentFragment();
  text.split(PRE).forEach((part, index) => {
    if (index % 2) fragment.append(h("pre", { dir: "ltr" }, literal(part.replace(/^\n/, ""))));
    else paragraphs(fragment, index ? part.replace(/^\n/, "") : part, context);
  });
  return fragment;
}

/** A text without markup as nodes; emoji by shortcode are drawn. */
export function plain(text, context) {
  const fragment = document.createDocumentFragment();
  let at = 0;
  let found;
  const emoji = new RegExp(EMOJI);
  while ((found = emoji.exec(text))) {
    const node = emojiOf(found[1], context, found[2]);
    if (node) fragment.append(text.slice(at, found.index), node);
    at = node ? emoji.lastIndex : at;
    if (!node) emoji.lastIndex = found.index + 1;
  }
  fragment.append(text.slice(at));
  return fragment;
}

/** A text object of either type as nodes. */
export function textOf(object, context) {
  if (object.type !== "mrkdwn") return plain(object.text, object.emoji === false ? { emoji: {} } : context);
  return mrkdwn(object.text, object.verbatim ? { ...context, verbatim: true } : context);
}

/** A person by id, as they are mentioned. */
export function personOf(id, context, label = "") {
  return mention(`@${context.people?.get(id)?.real_name ?? (label || id)}`);
}

/** A channel by id, as it is mentioned. */
export function channelOf(id, context, label = "") {
  return mention(`#${context.channels?.get(id)?.name ?? (label || id)}`);
}

/** A name that is mentioned: in its own direction, whatever stands around it. */
export const mention = (text) => h("bdi", { class: "mention" }, text);

/** A link that opens elsewhere, if its address is one that people may follow; its label otherwise. */
export function linkOf(address, ...label) {
  const safe = /^(https?:\/\/|mailto:)/i.test(address) && URL.canParse(address);
  const props = { href: address, target: "_blank", rel: "noopener noreferrer", dir: "auto" };
  return safe ? h("a", props, label) : h("span", { dir: "auto" }, label);
}

/** An emoji by shortcode, in one of Slack's skin tones 2 to 6; null when there is no such emoji. */
export function emojiOf(name, context, tone) {
  const { emoji } = context;
  const sign = emoji instanceof Map ? emoji.get(name) : Object.hasOwn(emoji ?? {}, name) ? emoji[name] : null;
  if (!sign) return null;
  const toned = tone ? sign + String.fromCodePoint(0x1f3f9 + Number(tone)) : sign;
  return h("span", { class: "emoji", role: "img", "aria-label": `${name.replaceAll("_", " ")} emoji` }, toned);
}

/** A moment in the reader's own zone, by Slack's date tokens, such as `{date_short_pretty} at {time}`. */
export function dateOf(seconds, pattern, fallback, address) {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime()) || !pattern) return fallback;
  const words = pattern.replace(/\{\w+\}/g, (token) => DATES[token]?.(at) ?? token);
  const shown = words.charAt(0).toUpperCase() + words.slice(1); // Slack capitalises what a date begins with
  const time = h("time", { datetime: at.toISOString(), title: `${day(at)} ${clock(at)}` }, shown);
  return address ? linkOf(address, time) : time;
}

const inWords = (options) => (at) => at.toLocaleDateString("en-GB", options);
const long = inWords({ day: "numeric", month: "long", year: "numeric" });
const short = inWords({ day: "numeric", month: "short", year: "numeric" });
const pad = (number) => String(number).padStart(2, "0");
const near = (otherwise) => (at) =>
  ({ "-1": "yesterday", 0: "today", 1: "tomorrow" })[daysAway(at)] ?? otherwise(at);
const DATES = {
  "{date_num}": (at) => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`,
  "{date_slash}": (at) => `${pad(at.getDate())}/${pad(at.getMonth() + 1)}/${at.getFullYear()}`,
  "{date}": long,
  "{date_long_full}": long,
  "{date_short}": short,
  "{date_long}": day,
  "{date_pretty}": near(long),
  "{date_short_pretty}": near(short),
  "{date_long_pretty}": near(day),
  "{day_divider_pretty}": near(day),
  "{time}": clock,
  "{time_secs}": (at) => `${clock(at)}:${pad(at.getSeconds())}`,
  "{ago}": ago,
};

function daysAway(at) {
  const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
  return Math.round((midnight(at) - midnight(Date.now())) / 86_400_000);
}

function ago(at) {
  const minutes = (at - Date.now()) / 60_000;
  const words = new Intl.RelativeTimeFormat("en-GB", { numeric: "auto" });
  if (Math.abs(minutes) < 60) return words.format(Math.round(minutes), "minute");
  if (Math.abs(minutes) < 1440) return words.format(Math.round(minutes / 60), "hour");
  return words.format(Math.round(minutes / 1440), "day");
}

/** What is written, with Slack's three entities as the characters they stand for. */
const literal = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/** Appends lines; those that begin with ">" become quotes, and all that follows ">>>" becomes one. */
function paragraphs(fragment, text, context) {
  let quote = null;
  let last = null;
  let all = false;
  for (const line of text.split("\n")) {
    all ||= /^(?:&gt;|>){3}/.test(line);
    if (all || QUOTE.test(line)) {
      if (quote) quote.append(h("br"));
      else fragment.append((quote = h("blockquote", { dir: "auto" })));
      quote.append(...inline(line.replace(all ? /^(?:&gt;|>){3} ?/ : QUOTE, ""), context));
    } else {
      if (last !== null && !quote) fragment.append(h("br"));
      quote = null;
      fragment.append(...inline(line, context));
    }
    last = line;
  }
}

function inline(line, context) {
  const nodes = new Map();
  const token = new RegExp(TOKEN);
  let text = "";
  let at = 0;
  let found;
  while ((found = token.exec(line))) {
    const node = nodeOf(found, context);
    if (node) {
      text += line.slice(at, found.index);
      nodes.set(text.length, node);
      text += HELD;
      at = token.lastIndex;
    } else token.lastIndex = found.index + 1;
  }
  text += line.slice(at);
  return styled({ text, nodes }, 0, text.length, Object.keys(STYLES));
}

function nodeOf([, code, live, emoji, tone, address], context) {
  if (code !== undefined) return h("code", {}, literal(code));
  if (emoji !== undefined) return emojiOf(emoji, context, tone);
  if (address !== undefined) return context.verbatim ? null : linkOf(literal(address), literal(address));
  const [target, ...rest] = live.split("|");
  const label = literal(rest.join("|"));
  if (target.startsWith("@")) return personOf(target.slice(1), context, label);
  if (target.startsWith("#")) return channelOf(target.slice(1), context, label);
  if (target.startsWith("!date^")) {
    const [, seconds, pattern, link] = target.split("^").map(literal);
    return dateOf(seconds, pattern, label, link);
  }
  if (target.startsWith("!")) return mention(`@${(label || target.slice(1).split("^")[0]).replace(/^@/, "")}`);
  return linkOf(literal(target), plain(label || literal(target).replace(/^mailto:/, ""), context));
}

/** A stretch of a line with its styles; a mark counts only at the edges of words, as in Slack. */
function styled(line, from, to, marks) {
  const { text } = line;
  const nodes = [];
  let open = marks;
  let at = from;
  for (let here = from; here < to; here++) {
    const mark = text[here];
    if (!open.includes(mark) || !begins(text, mark, here)) continue;
    const end = endOf(text, mark, here + 2, to);
    if (end < 0) {
      open = open.filter((other) => other !== mark);
      continue;
    }
    const inside = styled(line, here + 1, end, marks.filter((other) => other !== mark));
    nodes.push(...unstyled(line, at, here), h(STYLES[mark], {}, inside));
    at = end + 1;
    here = end;
  }
  return [...nodes, ...unstyled(line, at, to)];
}

function begins(text, mark, at) {
  const before = text[at - 1] ?? " ";
  const after = text[at + 1] ?? " ";
  return before !== mark && !WORD.test(before) && after !== mark && !/\s/.test(after);
}

function endOf(text, mark, from, to) {
  for (let at = from; at < to; at++) {
    if (text[at] !== mark) continue;
    const before = text[at - 1];
    const after = text[at + 1] ?? " ";
    if (before !== mark && !/\s/.test(before) && after !== mark && !WORD.test(after)) return at;
  }
  return -1;
}

function unstyled({ text, nodes }, from, to) {
  const pieces = [];
  let at = from;
  for (let here = from; here < to; here++) {
    if (!nodes.has(here)) continue;
    pieces.push(literal(text.slice(at, here)), nodes.get(here));
    at = here + 1;
  }
  pieces.push(literal(text.slice(at, to)));
  return pieces.filter((piece) => piece !== "");
}
