// Files in messages: pictures as pictures, tables and texts by their first lines.

import { append, h } from "./dom.js";

const LINES = 8;
const CELLS = 6;

/** A file with its preview; the preview of a text comes when it has been fetched. */
export function fileOf(file) {
  const address = `/files/${encodeURIComponent(file.id)}`;
  const name = h("a", { href: address, target: "_blank", rel: "noopener", class: "file-name", dir: "auto" }, file.name);
  const box = h("div", { class: "file" }, h("div", { class: "file-head" }, "📄 ", name, size(file.size)));
  if (/\.(png|jpe?g|gif)$/i.test(file.name)) box.append(h("img", { src: address, alt: file.alt_txt ?? file.title }));
  else if (/\.(csv|txt|md|json|log)$/i.test(file.name)) preview(address, /\.csv$/i.test(file.name), box);
  return box;
}

async function preview(address, table, box) {
  try {
    const answer = await fetch(address);
    const lines = (await answer.text()).split(/\r?\n/).filter(Boolean);
    if (answer.ok) append(box, [table ? tableOf(lines) : h("pre", {}, lines.slice(0, LINES).join("\n")), rest(lines)]);
  } catch {
    box.append(h("p", { class: "file-rest" }, "The preview could not be loaded."));
  }
}

function tableOf(lines) {
  const [head, ...rows] = lines.slice(0, LINES).map((line) => line.split(",").slice(0, CELLS));
  return h(
    "table",
    { class: "file-table" },
    h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell || " ")))),
    h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell))))),
  );
}

const rest = (lines) =>
  lines.length > LINES ? h("p", { class: "file-rest" }, `and ${lines.length - LINES} more lines`) : null;

const size = (bytes) =>
  bytes === undefined ? null : h("small", {}, bytes < 1024 ? ` ${bytes} B` : ` ${Math.round(bytes / 1024)} KB`);
