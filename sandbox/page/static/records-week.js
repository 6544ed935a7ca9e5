// Days and hours as they are in one person's time zone.

const DAY = 86_400_000;
const formats = new Map();

/** An instant as a zone has it: the day as "2026-11-30", and the hour with its fraction. */
export function local(instant, zone) {
  if (!formats.has(zone)) {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
    formats.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...parts }));
  }
  const parts = formats.get(zone).formatToParts(new Date(instant));
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return { day: `${of.year}-${of.month}-${of.day}`, hour: Number(of.hour) + Number(of.minute) / 60 };
}

/** The instant of a day ("2026-11-30") and a time ("14:30") in a zone, as ISO 8601. */
export function instant(day, time, zone) {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  let guess = wanted;
  for (let round = 0; round < 2; round++) {
    const { day: there, hour } = local(guess, zone);
    guess += wanted - (Date.parse(`${there}T00:00:00Z`) + Math.round(hour * 60) * 60_000);
  }
  return new Date(guess).toISOString();
}

/** The day so many days later. */
export const later = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** The Monday of a day's week; of a day at the weekend, the Monday after it. */
export function monday(day) {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7; // Monday is 0
  return later(day, weekday > 4 ? 7 - weekday : -weekday);
}

/** A day in words: by default "Mon 30". */
export const named = (day, words = { weekday: "short", day: "numeric" }) =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { ...words, timeZone: "UTC" });

/** "9:05", of an hour with its fraction. */
export const clocked = (hour) => `${Math.floor(hour + 1 / 120)}:${String(Math.round(hour * 60) % 60).padStart(2, "0")}`;
