// Files in messages, and on their way there.

import { h, icon } from "./dom.js";

/** Bytes that one file may have; the server holds it too. */
const LARGEST = 100_000_000;
const SHEET = "M3 3h14v14H3zm1.5 4.5h11m-11 3h11m-11 3h11M8 7.5v8";
const PAGE = "M5 2.5h6.5L15 6v11.5H5zM11 2.5V6.5h4M7.5 10h5m-5 3h5";
const PICTURE = "M3 4h14v12H3zm1 10 4-5 3 3.5 2-2 3 3.5M12.5 7.8h.01";
const CLIP = "M14.5 9.5 9.6 14.4a2.9 2.9 0 0 1-4.1-4.1l5.6-5.6a2 2 0 0 1 2.8 2.8l-5.5 5.5a1 1 0 0 1-1.4-1.4l4.8-4.8";
const SAVE = "M10 3v9m-3.5-3.5L10 12l3.5-3.5M4 13v3.5h12V13";

/** A file as a tile: what it is, a way to keep it, and what it begins with. */
export function fileOf(file) {
  if (file.mode === "tombstone")
    return h("div", { class: "file gone" }, h("div", { class: "file-head" }, drawn(PAGE), "This file was deleted."));
  const address = `/files/${encodeURIComponent(file.id)}`;
  const picture = (file.mimetype ?? "").startsWith("image/");
  return h(
    "div",
    { class: "file", role: "group", "aria-label": `File ${file.name}` },
    h(
      "div",
      { class: "file-head" },
      drawn(picture ? PICTURE : file.table ? SHEET : PAGE),
      h(
        "div",
        { class: "file-words" },
        h("a", { href: address, target: "_blank", rel: "noopener", class: "file-name", dir: "auto" }, file.name),
        h("small", {}, [file.pretty_type, sized(file.size)].filter(Boolean).join(" · ")),
      ),
      h(
        "a",
        { href: `${address}?download`, download: file.name, class: "file-keep", "aria-label": `Download ${file.name}` },
        drawn(SAVE),
        "Download",
      ),
    ),
    picture ? h("img", { src: address, alt: file.alt_txt ?? file.title, loading: "lazy" }) : null,
    file.table?.length ? tableOf(file) : null,
    file.lines?.length ? h("pre", { class: "file-begins", tabindex: "0", dir: "auto" }, file.lines.join("\n")) : null,
    file.more ? h("p", { class: "file-rest" }, file.table ? `The first ${file.table.length - 1} rows` : "The beginning") : null,
  );
}

function tableOf({ name, table }) {
  const [head, ...rows] = table;
  const cells = (row, tag, props) => head.map((_, at) => h(tag, { ...props, dir: "auto" }, row[at] ?? ""));
  return h(
    "div",
    { class: "file-begins", tabindex: "0", role: "region", "aria-label": `First rows of ${name}` },
    h(
      "table",
      { class: "file-table" },
      h("thead", {}, h("tr", {}, cells(head, "th", { scope: "col" }))),
      h("tbody", {}, rows.map((row) => h("tr", {}, cells(row, "td", {})))),
    ),
  );
}

/** The sign for attaching. */
export const clip = () => drawn(CLIP);

const drawn = (path) => {
  const svg = icon(path);
  svg.classList.add("lines");
  return svg;
};

/** "82 B", "1.2 MB". */
export function sized(bytes) {
  if (bytes === undefined) return "";
  const units = ["B", "KB", "MB"];
  let at = 0;
  while (bytes >= 1000 && at < units.length - 1) {
    bytes /= 1000;
    at += 1;
  }
  return `${at && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[at]}`;
}

/** Why a file cannot be dropped, in a sentence; empty when it can. */
export const unfit = (file) =>
  file.size > LARGEST ? `${file.name} is larger than ${LARGEST / 1_000_000} MB, and was not attached.` : "";

/** Drops a file as somebody; `{ok, error}`. `progress` hears the part that has been sent, from 0 to 1. */
export function drop(as, channel, file, { text = "", thread = null, progress = () => {} } = {}) {
  const asked = new URLSearchParams({ as, channel, name: file.name, text });
  if (thread) asked.set("thread_ts", thread);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const lost = () => resolve({ ok: false, error: `${file.name} did not arrive; the sandbox does not answer.` });
    request.open("POST", `/drop?${asked}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("load", () => (request.response ? resolve(request.response) : lost()));
    request.addEventListener("error", lost);
    request.addEventListener("abort", lost);
    request.send(file);
  });
}

/** Hears of files that are dragged onto `root` and let go there; shows where while they are over it. */
export function catches(root, open, take) {
  const brings = (event) => open() && event.dataTransfer?.types.includes("Files");
  let over = 0; // a drag leaves each child that it crosses
  const shows = (change) => {
    over = change(over);
    root.classList.toggle("catching", over > 0);
  };
  root.addEventListener("dragenter", (event) => brings(event) && shows((n) => n + 1));
  root.addEventListener("dragleave", (event) => brings(event) && shows((n) => Math.max(0, n - 1)));
  root.addEventListener("dragover", (event) => brings(event) && event.preventDefault());
  root.addEventListener("drop", (event) => {
    if (!brings(event)) return;
    event.preventDefault();
    shows(() => 0);
    take([...event.dataTransfer.files]);
  });
}
