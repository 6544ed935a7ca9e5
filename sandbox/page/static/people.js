// How people look: names, and avatars drawn from their initials.

import { h } from "./dom.js";

const COLOURS = ["#9c3353", "#4a54a8", "#276749", "#8a5a00", "#6b3fa0", "#1d6a86", "#a0400f", "#4f6228"];

/** A square with somebody's initials; the app has its own sign. */
export function avatar(person, size = "") {
  if (person?.bot) return h("span", { class: `avatar app ${size}`, "aria-hidden": "true" }, "⚡");
  const name = person?.real_name ?? "?";
  const initials = name.split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("");
  const colour = COLOURS[[...(person?.id ?? "")].reduce((sum, c) => sum + c.codePointAt(0), 0) % COLOURS.length];
  return h("span", { class: `avatar ${size}`, style: { background: colour }, "aria-hidden": "true" }, initials);
}

/** A person's name, with what tells them apart: the app, a guest, somebody of another company. */
export function nameOf(person, me) {
  const tags = [];
  if (person?.bot) tags.push(h("span", { class: "tag" }, "APP"));
  if (person?.guest) tags.push(h("span", { class: "tag" }, "GUEST"));
  if (person && me && person.company !== me.company && !person.bot) tags.push(h("span", { class: "tag" }, person.company));
  return [h("strong", { class: "name", dir: "auto" }, person?.real_name ?? "Slackbot"), ...tags];
}
