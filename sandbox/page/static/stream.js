// The table of rows that the page is drawn from, kept as the server has it, and whether it still is.

const SILENCE = 6000; // milliseconds without a word after which the stream is taken for lost; the server beats every 2 s
const AGAIN = 1000;

/** Keeps `rows` as the server has them for one person; tells of changes, and of whether they are live. */
export class Stream {
  /** `onRows(rows, changed)` gets the Map and the Set of keys that differ; `onLive(state)` gets "live" or "lost". */
  constructor({ onRows, onLive }) {
    this.rows = new Map();
    this.onRows = onRows;
    this.onLive = onLive;
    this.heard = 0;
    setInterval(() => this.watch(), 1000);
  }

  /** Looks at the workspace as this person from now on. */
  open(person) {
    this.person = person;
    this.source?.close();
    this.heard = Date.now();
    const source = new EventSource(`/stream?as=${encodeURIComponent(person)}`);
    source.addEventListener("rows", (event) => this.take(JSON.parse(event.data)));
    source.addEventListener("beat", () => this.alive());
    source.addEventListener("error", () => this.onLive("lost"));
    this.source = source;
  }

  take({ whole, gone, rows }) {
    const changed = new Set([...Object.keys(rows), ...gone]);
    if (whole) {
      for (const key of this.rows.keys()) if (!(key in rows)) changed.add(key);
      this.rows.clear();
    }
    for (const key of gone) this.rows.delete(key);
    for (const [key, value] of Object.entries(rows)) this.rows.set(key, value);
    this.alive();
    this.onRows(this.rows, changed, whole);
  }

  alive() {
    this.heard = Date.now();
    this.onLive("live");
  }

  watch() {
    const closed = this.source?.readyState === EventSource.CLOSED;
    if (!this.person || (!closed && Date.now() - this.heard < SILENCE)) return;
    this.onLive("lost");
    setTimeout(() => this.open(this.person), closed ? AGAIN : 0);
    this.heard = Date.now();
  }
}

/** Does something as a person; `{ok, error}`, where `error` is a sentence for them. */
export async function act(as, name, what = {}) {
  try {
    const answer = await fetch("/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as, do: name, with: what }),
    });
    return await answer.json();
  } catch {
    return { ok: false, error: "The sandbox does not answer. It may have been stopped; nothing was done." };
  }
}
