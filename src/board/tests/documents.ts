import type { Change, Delta, Heartbeat, Snapshot } from "../src/wire/messages";

/** The example of docs/board-wire.md, shortened. */
export function snapshot(version: string): Snapshot {
  return {
    version,
    model: {
      version: "2026-11",
      stages: [
        { id: "not_adopted", name: "Not adopted", churn_risk: "unknown", priority: "activation", action: "" },
        { id: "single_product", name: "Single-Product User", churn_risk: "high", priority: "critical", action: "" },
      ],
      products: [
        { id: "crm", name: "Core CRM" },
        { id: "marketing", name: "Marketing Automation" },
      ],
      segments: [
        { id: "enterprise", name: "Enterprise", benchmark_products: 3.8 },
        { id: "unknown", name: "Unknown", benchmark_products: null },
      ],
    },
    fleet: { day: "2026-11-21", accounts: 412, churned: 9, rebuilding: 0, events: 100, adopted_products: 871, entitled_products: 1604, average_products: 2.114, adoption_rate: 0.543 },
    stages: [
      { id: "not_adopted", count: 31, accounts: [{ id: "acme", name: "Acme", segment: "enterprise", since: "2026-11-20" }] },
      { id: "single_product", count: 120, accounts: [] },
    ],
    products: [
      { id: "crm", adopted: 300, entitled: 412 },
      { id: "marketing", adopted: 190, entitled: 330 },
    ],
    segments: [
      { id: "enterprise", accounts: 60, average_products: 3.712 },
      { id: "unknown", accounts: 0, average_products: null },
    ],
    feed: [change("1-1")],
  };
}

export function change(id: string, fields: Partial<Change> = {}): Change {
  return {
    id, at: "2026-11-21T22:03:11.402Z", day: "2026-11-21", account: "acme", name: "Acme", segment: "enterprise", type: "stage_changed",
    product: "crm", from: "not_adopted", to: "single_product", cause_kind: "event", cause: "Contact Created by dana", ...fields,
  };
}

export function delta(from: string, to: string, fields: Partial<Delta> = {}): Delta {
  return { from, to, ...fields };
}

export function heartbeat(fields: Partial<Heartbeat> = {}): Heartbeat {
  return { server_time: "2026-11-21T22:03:15.000Z", data_age_ms: 412, events_per_second: 183.4, events: 1000, ready: true, detail: "Ready.", version: "e:1", ...fields };
}
