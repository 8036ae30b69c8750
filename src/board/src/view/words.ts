/** Numbers, spans of time and days in the wall's words. Pure; English, as all of the wall. */

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export const none = "–";

export function count(value: number): string {
  return whole.format(value);
}

export function oneDecimal(value: number): string {
  return tenths.format(value);
}

export function average(value: number | null): string {
  return value === null ? none : hundredths.format(value);
}

/** Events a second: a decimal only where it says something. */
export function pace(value: number): string {
  if (value >= 1e6) return `${hundredths.format(value / 1e6)} M`;
  return value > 0 && value < 10 ? tenths.format(value) : whole.format(value);
}

/** The width of a figure in its own font's size, so that figures can have the greatest size at which the longest fits. */
export function widthInEms(figure: string): number {
  return [...figure].reduce((sum, sign) => sum + (sign >= "0" && sign <= "9" ? 0.5 : 0.24), 0);
}

/** Points with their sign; the minus is as wide as the plus. */
export function signed(points: number): string {
  const text = tenths.format(Math.abs(points));
  return points < 0 ? `−${text}` : points > 0 ? `+${text}` : text;
}

/** Who somebody is to the team: an address without its domain. */
export function person(who: string): string {
  const at = who.indexOf("@");
  return at > 0 ? who.slice(0, at) : who;
}

/** Addresses in a sentence without their domains: the account's name stands above it, and the wall has no room to say it twice. */
export function withoutDomains(sentence: string): string {
  return sentence.replace(/([^\s@]+)@[^\s@,;]+\.[^\s@,;]*[^\s@,;.]/g, "$1");
}

/** Never 0 % of something nor 100 % of not all. */
export function percent(part: number, of: number): string {
  if (of <= 0) return none;
  const exact = (100 * part) / of;
  if (part > 0 && exact < 1) return "<1%";
  if (part < of && exact > 99) return "99%";
  return `${Math.round(exact)}%`;
}

/** So long a slip or an alert is 'now': lit up, for somebody to act on. */
export const freshMs = 15 * 60_000;

/** How long ago, short: now, 12 s, 4 min, 3 h, 2 d. */
export function ago(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s < 1) return "now";
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  return h < 48 ? `${h} h` : `${Math.floor(h / 24)} d`;
}

/** A length of time, exact to the second up to an hour: 4 s, 2 min 05 s, 3 h 12 min. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min ${pad(s % 60)} s`;
  const h = Math.floor(min / 60);
  return h < 48 ? `${h} h ${pad(min % 60)} min` : `${Math.floor(h / 24)} days`;
}

/** Age of the newest data. Under a second it would only flicker. */
export function age(ms: number): string {
  return ms < 1000 ? "under 1 s" : span(ms);
}

/** Time of day in the viewer's zone, for 'since'. */
export function clock(at: Date): string {
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/** `2026-11-21` as 21 November 2026. */
export function longDay(day: string): string {
  const [year, month, date] = day.split("-").map(Number);
  const name = months[(month ?? 0) - 1];
  return name === undefined || date === undefined ? day : `${date} ${name} ${year}`;
}

/** How long an account has been in its stage, in days of the fleet. */
export function sinceDay(since: string, today: string): string {
  const days = Math.round((Date.parse(today) - Date.parse(since)) / 86_400_000);
  if (!Number.isFinite(days)) return since;
  if (days <= 0) return "today";
  return days === 1 ? "yesterday" : `${days} days ago`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** Why an activation cannot go on, as a sentence that another follows. */
export function stuckWords(stuck: { readonly partitions: number; readonly first: number; readonly since: string; readonly reason: string }): string {
  const who = stuck.partitions === 1 ? `Partition ${stuck.first} cannot read its` : `${count(stuck.partitions)} partitions, the first of them ${stuck.first}, cannot read their`;
  return `${who} history since ${stuck.since.slice(0, 10)} ${stuck.since.slice(11, 16)} UTC (${stuck.reason}). `;
}
