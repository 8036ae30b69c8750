import type { Alert, Change, Delta, Heartbeat, Slip, Snapshot } from "../src/wire/messages";

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
      health: true,
      alerts: true,
    },
    fleet: {
      day: "2026-11-21", accounts: 412, churned: 9, rebuilding: 0, events: 100, adopted_products: 871, entitled_products: 1604, average_products: 2.114, adoption_rate: 0.543,
      activation: null,
    },
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
    bands: { red: 31, yellow: 120, green: 240, unknown: 21 },
    alert_counts: {
      urgent: { open: 2, acknowledged: 1 }, warning: { open: 24, acknowledged: 3 }, notice: { open: 60, acknowledged: 0 }, info: { open: 11, acknowledged: 0 },
    },
    alerts: [alert("health_slip::acme")],
    slips: [slip("1-2")],
    movers: {
      day: { up: [], down: [{ id: "acme", name: "Acme", segment: "enterprise", band: "red", score: 46.9, change: -6.2 }] },
      week: { up: [], down: [] },
    },
    feed: [change("1-1")],
  };
}

export function change(id: string, fields: Partial<Change> = {}): Change {
  return {
    id, at: "2026-11-21T22:03:11.402Z", day: "2026-11-21", account: "acme", name: "Acme", segment: "enterprise", type: "stage_changed",
    product: "crm", from: "not_adopted", to: "single_product", cause_kind: "event", cause: "Contact Created by dana", ...fields,
  };
}

export function alert(id: string, fields: Partial<Alert> = {}): Alert {
  return {
    id, type: "health_slip", subject: "", severity: "urgent", of_severity: 1, state: "open", count: 1, acknowledged: 0, account: "acme", name: "Acme", segment: "enterprise",
    owner: "dana@vendor.example", acknowledged_by: null, opened_at: "2026-11-21T22:03:11.402Z", reason: "Health fell from yellow to red", action: "Call the champion", ...fields,
  };
}

export function slip(id: string, fields: Partial<Slip> = {}): Slip {
  return {
    id, at: "2026-11-21T22:03:11.402Z", day: "2026-11-21", account: "acme", name: "Acme", segment: "enterprise", owner: null, from: "yellow", to: "red",
    score_before: 53.1, score_after: 46.9, reason: "NPS cost 6.2 points", cause_kind: "profile", cause: "The account's profile changed", ...fields,
  };
}

export function delta(from: string, to: string, fields: Partial<Delta> = {}): Delta {
  return { from, to, ...fields };
}

export function heartbeat(fields: Partial<Heartbeat> = {}): Heartbeat {
  return { server_time: "2026-11-21T22:03:15.000Z", data_age_ms: 412, events_per_second: 183.4, events: 1000, ready: true, detail: "Ready.", version: "e:1", ...fields };
}
