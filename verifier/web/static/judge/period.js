/** Civil days at UTC+8 as plain arithmetic (elicense/period.py): no time zone of the machine is ever asked. Days are ISO texts. */

const DAY = 86_400;
const OFFSET = 8 * 3_600;

/** Days since 1970-01-01. */
export const dayNumber = (day) => Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8, 10))) / 1000 / DAY;

export const dayFromNumber = (number) => new Date(number * DAY * 1000).toISOString().slice(0, 10);

export const civilDay = (at) => dayFromNumber(Math.floor((at + OFFSET) / DAY));

/** The first second of the civil day: midnight +08:00, in Unix seconds. */
export const dayBegins = (day) => dayNumber(day) * DAY - OFFSET;

/** The first second after the civil day. */
export const dayEnds = (day) => dayBegins(day) + DAY;

/** The last day of a period of whole years from `day` (民法典 第二百零一条、第二百零二条): 29 February becomes the 28th. */
export function yearsAfter(day, years) {
  const moved = `${String(Number(day.slice(0, 4)) + years).padStart(4, "0")}${day.slice(4)}`;
  return dayFromNumber(dayNumber(moved)) === moved ? moved : `${moved.slice(0, 8)}28`;
}

/** An instant as every reader understands it: civil time at UTC+8. */
export const instant = (at) => `${new Date((at + OFFSET) * 1000).toISOString().slice(0, 19).replace("T", " ")} +08:00`;
