import type { Alert, AlertCount, AlertCounts, Bands, Move, Movers, Slip } from "../src/wire/messages";

/** An account's made-up health. */
export interface Health {
  readonly id: string;
  readonly name: string;
  readonly segment: string;
  readonly owner: string | null;
  score: number | null;
  day: number;
  week: number;
}

const owners = ["dana@vendor.example", "luis@vendor.example", "mei@vendor.example", "omar@vendor.example", "priya@vendor.example"];
const costs = ["Falling activity cost 9.4 points, days without activity 3.1", "NPS cost 6.2 points", "Critical tickets cost 4.8 points", "Fewer adopted products cost 6.3 points, less depth of use 2.2"];
const kinds: readonly (readonly [string, string, string, string])[] = [
  ["health_slip", "urgent", "Health fell from yellow to red, 53.1 to 46.9", "Call the champion this week"],
  ["renewal_near", "urgent", "Renews in 18 days, on 2026-12-09, and health is red", "Agree on a plan before the renewal"],
  ["account_silent", "urgent", "Nobody has been active for 31 days", "Call the sponsor today"],
  ["champion_quiet", "warning", "ada.almeida@example was active in 4 products and has been silent for 16 days", "Find a second champion"],
  ["product_lapsed", "warning", "Analytics Dashboard is no longer adopted: report_views 9 of 10 within 30 days", "Introduce a 2nd product within 90 days"],
  ["sentiment_low", "warning", "NPS is -22", "Ask the detractors"],
  ["second_product_overdue", "notice", "Core CRM was adopted 120 days ago, and no second product since", "Introduce a 2nd product within 90 days"],
  ["contact_due", "notice", "Last contact 104 days ago, due every 91", "Call"],
  ["expansion_ready", "info", "Green, deep in use, and Customer Portal is not bought", "Offer the next product"],
];

export function bandOf(score: number | null): "red" | "yellow" | "green" | "unknown" {
  return score === null ? "unknown" : score < 50 ? "red" : score < 75 ? "yellow" : "green";
}

/** Scores, slips and alerts of made-up accounts. */
export class MadeUpHealth {
  private readonly healths: Health[] = [];
  private readonly all: Alert[] = [];
  private slipped: Slip[] = [];
  private sequence = 1;

  constructor(accounts: readonly { readonly id: string; readonly name: string; readonly segment: string }[], private readonly random: () => number, calm: boolean) {
    for (const { id, name, segment } of accounts) {
      const score = random() < 0.05 ? null : Math.round((calm ? 55 + 45 * random() : 20 + 80 * Math.sqrt(random())) * 10) / 10;
      const still = calm || random() < 0.3;
      this.healths.push({ id, name, segment, owner: random() < 0.1 ? null : this.pick(owners), score, day: still ? 0 : this.points(6), week: still ? 0 : this.points(20) });
    }
    if (calm || accounts.length < 2) return;
    for (let i = 0; i < Math.min(90, accounts.length); i++) this.raise(Date.now() - Math.floor(random() ** 3 * 5 * 86_400_000), random() < 0.15);
    for (let i = 12; i > 0; i--) this.slip(Date.now() - i * i * i * 40_000);
  }

  /** A storm: many alerts of one kind at once. */
  storm(): void {
    const at = new Date(Date.now() - 9 * 3_600_000).toISOString();
    this.all.push({ ...single("storm:product_lapsed:2026-11-21:tick", "product_lapsed", "warning", at, "143 at once on 2026-11-21, as the day began: 141 warning, 2 notice"), count: 143, of_severity: 141, acknowledged: 12 });
  }

  /** The next account slips. */
  slip(at: number): Slip {
    const health = this.pick(this.healths.filter((entry) => entry.score !== null && entry.score > 20));
    const before = health.score ?? 60;
    const fall = before >= 75 ? before - 70 + this.random() * 10 : before >= 50 ? before - 46 + this.random() * 4 : 3 + this.random() * 9;
    health.score = Math.round(Math.max(0, before - fall) * 10) / 10;
    health.day -= fall;
    health.week -= fall;
    const slip: Slip = {
      id: `s-${this.sequence++}`, at: new Date(at).toISOString(), day: new Date(at).toISOString().slice(0, 10), account: health.id, name: health.name, segment: health.segment,
      owner: health.owner, from: bandOf(before), to: bandOf(health.score), score_before: before, score_after: health.score,
      reason: this.pick(costs), cause_kind: "tick", cause: this.pick(["2026-11-22 began", "The account's profile changed", "Critical Tickets Reported", "NPS Submitted by ada.almeida"]),
    };
    this.slipped = [slip, ...this.slipped].slice(0, 20);
    return slip;
  }

  /** The next alert opens. */
  raise(at: number, acknowledged = false): void {
    const health = this.pick(this.healths);
    const [type, severity, reason, action] = kinds[Math.floor(this.random() ** 0.6 * kinds.length)] ?? kinds[0]!;
    this.all.push({
      ...single(`${type}::${health.id}`, type, severity, new Date(at).toISOString(), reason), action, account: health.id, name: health.name, segment: health.segment, owner: health.owner,
      state: acknowledged ? "acknowledged" : "open", acknowledged: acknowledged ? 1 : 0, acknowledged_by: acknowledged ? "kim@vendor.example" : null,
    });
  }

  sections(): { bands: Bands; alert_counts: AlertCounts; alerts: readonly Alert[]; slips: readonly Slip[]; movers: Movers } {
    const bands = { red: 0, yellow: 0, green: 0, unknown: 0 };
    for (const { score } of this.healths) bands[bandOf(score)]++;
    const rank = (alert: Alert): number => ["urgent", "warning", "notice", "info"].indexOf(alert.severity) * 2 + (alert.state === "open" ? 0 : 1);
    const alerts = [...this.all].sort((a, b) => rank(a) - rank(b) || Date.parse(b.opened_at) - Date.parse(a.opened_at)).slice(0, 12);
    return { bands, alert_counts: this.counts(), alerts, slips: this.slipped, movers: { day: this.moves("day"), week: this.moves("week") } };
  }

  private counts(): AlertCounts {
    const of = (severity: string): AlertCount => {
      const those = this.all.filter((alert) => alert.severity === severity);
      const acknowledged = those.reduce((sum, alert) => sum + alert.acknowledged, 0);
      return { open: those.reduce((sum, alert) => sum + alert.count, 0) - acknowledged, acknowledged };
    };
    return { urgent: of("urgent"), warning: of("warning"), notice: of("notice"), info: of("info") };
  }

  private moves(span: "day" | "week"): { up: readonly Move[]; down: readonly Move[] } {
    const moved = this.healths.filter((health) => health.score !== null && health[span] !== 0).sort((a, b) => b[span] - a[span]);
    const move = (health: Health): Move => ({ id: health.id, name: health.name, segment: health.segment, band: bandOf(health.score), score: health.score ?? 0, change: health[span] });
    return { up: moved.filter((health) => health[span] > 0).slice(0, 5).map(move), down: moved.filter((health) => health[span] < 0).slice(-5).reverse().map(move) };
  }

  private points(most: number): number {
    return Math.round((this.random() + this.random() - 1) * most * 10) / 10;
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }
}

function single(id: string, type: string, severity: string, at: string, reason: string): Alert {
  return {
    id, type, subject: "", severity, of_severity: 1, state: "open", count: 1, acknowledged: 0, account: null, name: null, segment: null, owner: null, acknowledged_by: null, opened_at: at, reason, action: "",
  };
}
