import type { Activation, Change, Delta, Heartbeat, Model, Mover, Snapshot } from "../src/wire/messages";
import { MadeUpHealth } from "./health";

const model: Model = {
  version: "2026-11",
  stages: [
    { id: "not_adopted", name: "Not adopted", churn_risk: "unknown", priority: "activation", action: "Get the first product to its threshold" },
    { id: "single_product", name: "Single-Product User", churn_risk: "high", priority: "critical", action: "Introduce a 2nd product within 90 days" },
    { id: "multi_product_starter", name: "Multi-Product Starter", churn_risk: "medium", priority: "high", action: "Find the 3rd product from the use case" },
    { id: "platform_adopter", name: "Platform Adopter", churn_risk: "low", priority: "moderate", action: "Optimise depth and integration" },
    { id: "full_platform", name: "Full Platform", churn_risk: "lowest", priority: "maintain", action: "Advocacy and renewal" },
  ],
  products: [
    { id: "crm", name: "Core CRM" },
    { id: "marketing", name: "Marketing Automation" },
    { id: "sales_engagement", name: "Sales Engagement" },
    { id: "analytics", name: "Analytics Dashboard" },
    { id: "portal", name: "Customer Portal" },
  ],
  segments: [
    { id: "enterprise", name: "Enterprise", benchmark_products: 3.8 },
    { id: "mid_market", name: "Mid-Market", benchmark_products: 2.4 },
    { id: "smb", name: "SMB", benchmark_products: 1.6 },
    { id: "unknown", name: "Unknown", benchmark_products: null },
  ],
  health: true,
  alerts: true,
};

const firsts = ["Northwind", "Acme", "Globex", "Initech", "Umbra", "Blue Harbor", "Kestrel", "Lumen", "Oak & Iron", "Verity", "Halcyon", "Meridian", "Tessera", "Fjord", "Brightwater", "Quarry", "Solstice", "Pinnacle", "Redwood", "Cobalt"];
const seconds = ["Traders", "Logistics", "Health", "Foods", "Robotics", "Insurance", "Energy", "Media", "Textiles", "Software", "Partners", "Retail", "Freight", "Bank", "Studios"];
const people = ["dana", "sam", "maria", "li", "tomas", "aisha", "u-3812", "jo"];
const causes: Record<string, readonly string[]> = {
  crm: ["Contact Created", "Activity Logged"],
  marketing: ["Campaigns Reported", "Lists Reported"],
  sales_engagement: ["Sequence Created", "Emails Sent"],
  analytics: ["Report Generated", "Report Viewed"],
  portal: ["Support Ticket Filed"],
};
const lapses: Record<string, string> = {
  crm: "contacts_created 24 of 25 within 30 days",
  marketing: "active_campaigns 0 of 1 within 30 days",
  sales_engagement: "emails_sent 18 of 20 within 30 days",
  analytics: "report_views 9 of 10 within 30 days",
  portal: "support_tickets 18 of 20 within 30 days",
};

interface Account {
  readonly id: string;
  readonly name: string;
  readonly segment: string;
  adopted: number;
  readonly entitled: number;
  since: string;
  movedAt: number;
}

/** A made-up fleet that speaks the wire of docs/board-wire.md. Deterministic by seed, but for the time of day. */
export class MadeUpFleet {
  private readonly accounts: Account[] = [];
  private feed: Change[] = [];
  private n = 1;
  private sequence = 1;
  private events = 1_250_331;
  private lastEventAt = Date.now();
  readonly health: MadeUpHealth;
  activation: Activation | null = null;

  constructor(size: number, private seed = 7, longNames = false, calm = false) {
    const names: string[] = [];
    for (const second of seconds) for (const first of firsts) names.push(`${first} ${second}`);
    for (let i = 0; i < size; i++) {
      const spot = (i * 131) % names.length;
      let name = `${names[spot]}${i >= names.length ? ` ${1 + Math.floor(i / names.length)}` : ""}`;
      if (longNames && i % 2 === 0) name = `${name} International Holdings & Subsidiaries (formerly Donaudampfschifffahrtsgesellschaft mbH)`;
      const segment = this.pick(["enterprise", "mid_market", "mid_market", "smb", "smb", "smb"]);
      const mean = segment === "enterprise" ? 3.6 : segment === "mid_market" ? 2.3 : 1.5;
      const entitled = 1 + Math.floor(this.random() * 31);
      let adopted = 0;
      for (let p = 0; p < 5; p++) if (this.random() < mean / 5) adopted |= 1 << p;
      const day = new Date(Date.now() - Math.floor(this.random() ** 2 * 60 * 86_400_000)).toISOString().slice(0, 10);
      this.accounts.push({ id: `a${i}`, name, segment, adopted, entitled: entitled | adopted | 1, since: day, movedAt: Date.parse(day) });
    }
    this.health = new MadeUpHealth(this.accounts, () => this.random(), calm);
  }

  version(): string {
    return `dev:${this.n}`;
  }

  snapshot(): Snapshot {
    return { version: this.version(), model, ...this.sections(), feed: this.feed };
  }

  /** One account moves by one product. @param at Unix milliseconds */
  move(at: number): Delta {
    const from = this.version();
    for (;;) {
      const account = this.pick(this.accounts);
      const product = Math.floor(this.random() * 5);
      const rising = (account.adopted & (1 << product)) === 0;
      if (!rising && this.random() < 0.45) continue;
      const added = this.change(account, product, rising, new Date(at).toISOString());
      this.feed = [...added, ...this.feed].slice(0, 50);
      this.n++;
      const { slips: _, ...sections } = this.sections();
      return { from, to: this.version(), ...sections, feed_added: added };
    }
  }

  /** What is not the stages': an account slips, and an alert opens. */
  ail(at: number): Delta {
    const from = this.version();
    const slip = this.health.slip(at);
    this.health.raise(at);
    this.n++;
    const { slips: _, ...sections } = this.sections();
    return { from, to: this.version(), ...sections, slips_added: [slip] };
  }

  private change(account: Account, product: number, rising: boolean, at: string): readonly Change[] {
    const before = stageOf(account.adopted);
    account.adopted ^= 1 << product;
    const after = stageOf(account.adopted);
    const id = model.products[product]?.id ?? "crm";
    const day = at.slice(0, 10);
    const common = {
      at, day, account: account.id, name: account.name, segment: account.segment, product: id,
      cause_kind: rising ? "event" : "tick",
      cause: rising ? `${this.pick(causes[id] ?? [])} by ${this.pick(people)}` : `Expired with ${day}: ${lapses[id]}`,
    };
    const moved: Change = { ...common, id: `1-${this.sequence++}`, type: rising ? "product_adopted" : "product_lapsed", from: null, to: null };
    if (before === after) return [moved];
    account.since = day;
    account.movedAt = Date.parse(at);
    return [{ ...common, id: `1-${this.sequence++}`, type: "stage_changed", from: model.stages[before]?.id ?? null, to: model.stages[after]?.id ?? null }, moved];
  }

  heartbeat(perSecond: number, ready = true, lateMs = 0): Heartbeat {
    if (perSecond > 0) {
      this.events += Math.round(perSecond * (0.8 + 0.4 * this.random()));
      this.lastEventAt = Date.now();
    }
    return {
      server_time: new Date().toISOString(),
      uptime_ms: Math.round(performance.now() - lateMs),
      data_age_ms: Math.round(Date.now() - this.lastEventAt + this.random() * 200),
      events_per_second: perSecond,
      events: this.events,
      ready,
      detail: ready ? "Ready." : "Applying 1.2 million records of the journal.",
      version: this.version(),
    };
  }

  random(): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.seed / 2 ** 32;
  }

  private pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  private sections() {
    const all = this.accounts;
    const adopted = sum(all, (account) => bits(account.adopted));
    const entitled = sum(all, (account) => bits(account.entitled | account.adopted));
    return {
      ...this.health.sections(),
      fleet: {
        activation: this.activation,
        day: new Date().toISOString().slice(0, 10), accounts: all.length, churned: 9, rebuilding: 0, events: this.events,
        adopted_products: adopted, entitled_products: entitled,
        average_products: all.length === 0 ? null : adopted / all.length, adoption_rate: entitled === 0 ? null : adopted / entitled,
      },
      stages: model.stages.map((stage, index) => {
        const here = all.filter((account) => stageOf(account.adopted) === index).sort((a, b) => b.movedAt - a.movedAt);
        return { id: stage.id, count: here.length, accounts: here.slice(0, 8).map(({ id, name, segment, since }): Mover => ({ id, name, segment, since })) };
      }),
      products: model.products.map(({ id }, i) => ({
        id,
        adopted: all.filter((account) => account.adopted & (1 << i)).length,
        entitled: all.filter((account) => (account.entitled | account.adopted) & (1 << i)).length,
      })),
      segments: model.segments.map(({ id }) => {
        const here = all.filter((account) => account.segment === id);
        return { id, accounts: here.length, average_products: here.length === 0 ? null : sum(here, (account) => bits(account.adopted)) / here.length };
      }),
    };
  }
}

function stageOf(adopted: number): number {
  const count = bits(adopted);
  return count >= 5 ? 4 : count >= 3 ? 3 : count;
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function sum<T>(list: readonly T[], of: (entry: T) => number): number {
  return list.reduce((total, entry) => total + of(entry), 0);
}
