// Dates as precise as they are known: a year, a month or a day; days are days in China (UTC+8). Pure.

import { firstCharacters } from "../bytes";
import { CHINA, isDay } from "../calendar";
import { CredentialsError } from "../errors";

const FORM = /^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?$/;
const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;

/** A date of 1900 to 2199 as it is spelled, with the first and the last day that it can mean (YYYY-MM-DD). */
export class PartialDate {
  private constructor(
    readonly text: string,
    readonly firstDay: string,
    readonly lastDay: string,
  ) {}

  /** The date of YYYY, YYYY-MM or YYYY-MM-DD; raises credentials.date_invalid. */
  static parse(text: unknown): PartialDate {
    if (typeof text !== "string") throw new CredentialsError("credentials.date_invalid", { value: typeof text });
    const [, year, month, day] = FORM.exec(text) ?? [];
    const inRange = year !== undefined && Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR;
    const first = `${year}-${month ?? "01"}-${day ?? "01"}`;
    if (!inRange || !isDay(first)) throw new CredentialsError("credentials.date_invalid", { value: firstCharacters(text, 40) });
    return new PartialDate(text, first, day !== undefined ? first : lastDayOf(Number(year), month === undefined ? 12 : Number(month)));
  }

  /** UNIX seconds of the earliest moment that this can mean. */
  beginsAt(): number {
    return Date.parse(`${this.firstDay}T00:00:00Z`) / 1000 - CHINA;
  }

  /** True when every day that this can mean lies before every day that `other` can mean. */
  surelyBefore(other: PartialDate): boolean {
    return this.lastDay < other.firstDay;
  }

  toString(): string {
    return this.text;
  }
}

function lastDayOf(year: number, month: number): string {
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}
