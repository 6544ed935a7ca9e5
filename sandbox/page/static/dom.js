// Small tools for building and reading the page. Text is always set as text: nothing here parses markup.

/**
 * An element. `props`: `class`, `dataset`, `style` (an object), `on…` listeners, and attributes; `true` sets an empty
 * attribute, `false`, `null` and `undefined` leave it out. Children are nodes, strings, or lists of them; empty ones are skipped.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2).toLowerCase(), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name === "class" ? "class" : name, value === true ? "" : value);
  }
  append(element, children);
  return element;
}

/** Appends nodes, strings and lists of them; skips what is empty. */
export function append(parent, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    parent.append(child);
  }
}

/** An icon: the inline SVG path in a 20 × 20 box, hidden from screen readers. */
export function icon(path) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(ns, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** "14:05", in the reader's own zone. */
export const clock = (at) => TIME.format(new Date(at));

/** "Tuesday, 24 November 2026", in the reader's own zone. */
export const day = (at) => DAY.format(new Date(at));

/** Milliseconds of a Slack `ts`. */
export const millis = (ts) => Number(ts) * 1000;

/** Puts `nodes` into `parent` in this order, moving and removing as little as possible, so that focus and scroll stay. */
export function arrange(parent, nodes) {
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}
