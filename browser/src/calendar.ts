// Days as YYYY-MM-DD and moments in UNIX seconds; days are days in China, which has one zone. Pure.

export const CHINA = 8 * 3600;

/** True for YYYY-MM-DD where the calendar has that day, from year 1 on. */
export function isDay(text: string): boolean {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) || text.startsWith("0000")) return false;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().slice(0, 10) === text;
}

/** First and last day, both included; `last` is null where there is none. */
export interface Window {
  readonly first: string;
  readonly last: string | null;
}

/** The earliest day from `first` to `last` that lies in none of the pauses, null where each lies in one. */
export function freeDay(first: string, last: string, pauses: readonly Window[]): string | null {
  let day = first;
  for (const pause of [...pauses].sort((a, b) => (a.first < b.first ? -1 : 1))) {
    if (pause.first > day || (pause.last !== null && pause.last < day)) continue;
    if (pause.last === null || pause.last >= last) return null;
    day = following(pause.last);
  }
  return day <= last ? day : null;
}

function following(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86400_000).toISOString().slice(0, 10);
}

/** The day in China of a moment, YYYY-MM-DD. */
export function dayOf(moment: number): string {
  return inChina(moment).slice(0, 10);
}

/** A moment as China's clock shows it, to the second. */
export function clockTime(moment: number): string {
  return inChina(moment).slice(0, 19).replace("T", " ");
}

/** The last second of a day in China. */
export function endOfDay(day: string): number {
  return Date.parse(`${day}T23:59:59Z`) / 1000 - CHINA;
}

function inChina(moment: number): string {
  return new Date((moment + CHINA) * 1000).toISOString();
}
