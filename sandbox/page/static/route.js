// Where somebody is, kept in the address: reload, the back button and a second tab simply work.

/** `{as, place, thread}` of the present address: `#/U0ANA/C0NORTHWIND/1795.0001`; place is a channel's id or "home". */
export function route() {
  const [as = "", place = "", thread = ""] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { as, place, thread };
}

/** Goes there; the browser's back button returns. What is left out stays, but a new place has no thread open. */
export function go(to) {
  const now = route();
  const next = { ...now, ...("place" in to || "as" in to ? { thread: "" } : {}), ...to };
  const hash = `#/${[next.as, next.place, next.thread].map(encodeURIComponent).join("/")}`.replace(/\/+$/, "");
  if (hash !== location.hash) location.hash = hash;
}

/** The same without a step in the history. */
export function settle(to) {
  const next = { ...route(), ...to };
  const hash = `#/${[next.as, next.place, next.thread].map(encodeURIComponent).join("/")}`.replace(/\/+$/, "");
  history.replaceState(null, "", hash);
}
