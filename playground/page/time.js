// Playground time in words, and the one calculation of when the next lesson is due.
// The demo cohort lives in Berlin, so the page shows Berlin's time to everyone.

import { now } from "./world.js";

export const ZONE = "Europe/Berlin";

const format = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, ...options });
const TIME = format({ hour: "2-digit", minute: "2-digit" });
const SECONDS = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
const SHORT_DATE = format({ day: "2-digit", month: "2-digit", year: "numeric" });
const LONG_DATE = format({ day: "numeric", month: "long", year: "numeric" });
const FULL_DATE = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
const DAY = format({ weekday: "long", day: "numeric", month: "long" });
const SHORT_DAY = format({ weekday: "short", day: "numeric", month: "short" });
const PARTS = format({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" });

export const timeOfDay = (ms) => TIME.format(ms);
export const dayInWords = (ms) => DAY.format(ms);
export const dayInShort = (ms) => SHORT_DAY.format(ms);
export const inWords = (ms) => `${DAY.format(ms)}, ${TIME.format(ms)}`;
export const dayKey = (ms) => SHORT_DATE.format(ms);

/** When a message was written: "09:00", "Yesterday, 09:00", "Monday 23 November, 09:00". */
export function stamp(ms) {
  const today = dayKey(now());
  if (dayKey(ms) === today) return TIME.format(ms);
  if (dayKey(ms + 86_400_000) === today) return `Yesterday, ${TIME.format(ms)}`;
  return inWords(ms);
}

/** Discord's `<t:…:style>`. */
export function discordTime(ms, style) {
  switch (style) {
    case "t": return TIME.format(ms);
    case "T": return SECONDS.format(ms);
    case "d": return SHORT_DATE.format(ms);
    case "D": return LONG_DATE.format(ms);
    case "F": return `${FULL_DATE.format(ms)} ${TIME.format(ms)}`;
    case "R": return relative(ms);
    default: return `${LONG_DATE.format(ms)} ${TIME.format(ms)}`;
  }
}

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const UNITS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

function relative(ms) {
  const seconds = Math.round((ms - now()) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS.at(-1);
  return RELATIVE.format(Math.round(seconds / size), unit);
}

function civil(ms) {
  return Object.fromEntries(PARTS.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
}

/** How far Berlin is ahead of UTC at that moment, in milliseconds. */
function offset(ms) {
  const at = civil(ms);
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second) - Math.floor(ms / 1000) * 1000;
}

/** The next weekday's 09:00 in Berlin after `from`: when the demo cohort's lesson is due. */
export function nextLesson(from) {
  const today = civil(from);
  for (let ahead = 0; ; ahead += 1) {
    const wall = Date.UTC(today.year, today.month - 1, today.day + ahead, 9);
    const weekday = new Date(wall).getUTCDay();
    // No zone change in Europe happens around 09:00, so one correction is exact.
    const due = wall - offset(wall);
    if (weekday >= 1 && weekday <= 5 && due > from) return due;
  }
}
