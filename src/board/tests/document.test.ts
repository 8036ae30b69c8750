import { describe, expect, test } from "vitest";
import { applyDelta, applyHeartbeat, applySnapshot, feedLength, slipsLength } from "../src/wire/document";
import { feedLines } from "../src/wire/feed";
import { alert, change, delta, heartbeat, slip, snapshot } from "./documents";

const first = applySnapshot(snapshot("e:1")).document;

describe("A snapshot", () => {
  test("is taken as it is, whatever was there before", () => {
    const step = applySnapshot(snapshot("f:9"));
    expect(step.join).toBe(false);
    expect(step.document).toEqual(snapshot("f:9"));
  });
});

describe("A delta", () => {
  test("that starts at the document's version leads to its own", () => {
    const step = applyDelta(first, delta("e:1", "e:2", { fleet: { ...snapshot("").fleet, accounts: 413 } }));
    expect(step.join).toBe(false);
    expect(step.document?.version).toBe("e:2");
    expect(step.document?.fleet.accounts).toBe(413);
  });

  test("leaves what it does not name as it was, also as an object", () => {
    const step = applyDelta(first, delta("e:1", "e:2"));
    expect(step.document?.stages).toBe(first?.stages);
    expect(step.document?.feed).toBe(first?.feed);
  });

  test("replaces entries by id and keeps the model's order", () => {
    const step = applyDelta(first, delta("e:1", "e:2", { stages: [{ id: "single_product", count: 121, accounts: [] }] }));
    expect(step.document?.stages.map((stage) => [stage.id, stage.count])).toEqual([["not_adopted", 31], ["single_product", 121]]);
    expect(step.document?.stages[0]).toBe(first?.stages[0]);
  });

  test("with a gap changes nothing and asks to join again", () => {
    const step = applyDelta(first, delta("e:2", "e:3", { fleet: { ...snapshot("").fleet, accounts: 1 } }));
    expect(step).toEqual({ document: first, join: true });
  });

  test("of another run of the server is a gap, though its number fits", () => {
    expect(applyDelta(first, delta("f:1", "f:2")).join).toBe(true);
  });

  test("before any snapshot asks to join", () => {
    expect(applyDelta(null, delta("e:1", "e:2"))).toEqual({ document: null, join: true });
  });

  test("applied twice is a gap the second time", () => {
    const once = applyDelta(first, delta("e:1", "e:2"));
    expect(applyDelta(once.document, delta("e:1", "e:2")).join).toBe(true);
  });

  test("puts what happened in front of the feed and cuts it", () => {
    const added = Array.from({ length: feedLength }, (_, i) => change(`2-${i}`));
    const step = applyDelta(first, delta("e:1", "e:2", { feed_added: added.slice(0, 2) }));
    expect(step.document?.feed.map((line) => line.id)).toEqual(["2-0", "2-1", "1-1"]);
    expect(applyDelta(first, delta("e:1", "e:2", { feed_added: added })).document?.feed.length).toBe(feedLength);
  });

  test("replaces bands, counts, alerts and movers whole, and leaves those that it does not name", () => {
    const bands = { red: 1, yellow: 2, green: 3, unknown: 4 };
    const step = applyDelta(first, delta("e:1", "e:2", { bands, alerts: [alert("contact_due::globex")] }));
    expect(step.document?.bands).toEqual(bands);
    expect(step.document?.alerts.map((entry) => entry.id)).toEqual(["contact_due::globex"]);
    expect(step.document?.alert_counts).toBe(first?.alert_counts);
    expect(step.document?.movers).toBe(first?.movers);
    expect(applyDelta(first, delta("e:1", "e:2", { alerts: [] })).document?.alerts).toEqual([]);
  });

  test("puts slips in front of the slips and cuts them", () => {
    const added = Array.from({ length: slipsLength }, (_, i) => slip(`3-${i}`));
    expect(applyDelta(first, delta("e:1", "e:2", { slips_added: added.slice(0, 2) })).document?.slips.map((entry) => entry.id)).toEqual(["3-0", "3-1", "1-2"]);
    expect(applyDelta(first, delta("e:1", "e:2", { slips_added: added })).document?.slips.length).toBe(slipsLength);
  });

  test("tells of an activation and of its end with the fleet", () => {
    const fleet = snapshot("").fleet;
    const under = applyDelta(first, delta("e:1", "e:2", { fleet: { ...fleet, activation: { model: "2027-01", partitions_done: 3, partitions: 64, stuck: null } } })).document;
    expect(under?.fleet.activation?.partitions_done).toBe(3);
    expect(applyDelta(under, delta("e:2", "e:3", { fleet })).document?.fleet.activation).toBeNull();
  });

  test("with a new model replaces the lists whole and keeps the feed", () => {
    const model = { ...snapshot("").model, version: "2027-01", products: [{ id: "crm", name: "CRM" }] };
    const step = applyDelta(first, delta("e:1", "e:2", { model, products: [{ id: "crm", adopted: 1, entitled: 2 }], stages: [], segments: [] }));
    expect(step.document?.products).toEqual([{ id: "crm", adopted: 1, entitled: 2 }]);
    expect(step.document?.stages).toEqual([]);
    expect(step.document?.feed).toBe(first?.feed);
  });

  test("may hold null for a section that did not change", () => {
    expect(applyDelta(first, { ...delta("e:1", "e:2"), stages: null, feed_added: null }).document?.stages).toBe(first?.stages);
  });
});

describe("A heartbeat", () => {
  test("of the document's version asks for nothing", () => {
    expect(applyHeartbeat(first, heartbeat({ version: "e:1" }))).toEqual({ document: first, join: false });
  });

  test("of another version tells of a lost frame", () => {
    expect(applyHeartbeat(first, heartbeat({ version: "e:2" })).join).toBe(true);
    expect(applyHeartbeat(null, heartbeat({ version: "e:1" })).join).toBe(true);
  });

  test("of a server that has no document yet asks for nothing", () => {
    expect(applyHeartbeat(null, heartbeat({ version: null })).join).toBe(false);
    expect(applyHeartbeat(first, heartbeat({ version: null }))).toEqual({ document: first, join: false });
  });
});

test("Any run of deltas, some of them lost, ends in the server's document once a snapshot follows each gap", () => {
  let seed = 12345;
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  let server = applySnapshot(snapshot("e:0")).document;
  let viewer = server;
  let gaps = 0;
  for (let n = 1; n <= 2000; n++) {
    const count = Math.floor(random() * 100);
    const sent = delta(`e:${n - 1}`, `e:${n}`, {
      stages: random() < 0.5 ? [{ id: random() < 0.5 ? "not_adopted" : "single_product", count, accounts: [] }] : null,
      feed_added: random() < 0.3 ? [change(`n-${n}`)] : null,
    });
    server = applyDelta(server, sent).document;
    if (random() < 0.1) continue; // lost on the way
    const step = applyDelta(viewer, sent);
    viewer = step.document;
    if (step.join && server !== null) {
      gaps++;
      viewer = applySnapshot(server).document;
    }
    expect(viewer).toEqual(server);
  }
  expect(gaps).toBeGreaterThan(100);
});

describe("The feed", () => {
  test("tells a product and the stage that it moves as one line", () => {
    const stage = change("1-3");
    const product = change("1-2", { type: "product_adopted", from: null, to: null });
    expect(feedLines([stage, product])).toEqual([stage]);
  });

  test("shows a product that moved no stage", () => {
    const product = change("1-2", { type: "product_adopted", from: null, to: null });
    const other = change("1-1", { account: "globex" });
    expect(feedLines([product, other])).toEqual([product, other]);
  });

  test("keeps apart what one account did at two instants", () => {
    const stage = change("1-3");
    const earlier = change("1-2", { type: "product_lapsed", at: "2026-11-20T00:00:00Z", day: "2026-11-20", cause_kind: "tick" });
    expect(feedLines([stage, earlier])).toEqual([stage, earlier]);
  });

  test("tells of bands that rose; those that fell stand among the slips", () => {
    const rose = change("1-4", { type: "band_changed", product: null, from: "red", to: "yellow" });
    const fell = change("1-5", { type: "band_changed", product: null, from: "yellow", to: "red" });
    expect(feedLines([fell, rose])).toEqual([rose]);
  });

  test("tells of opened alerts", () => {
    const opened = change("1-6", { type: "alert_opened", alert: "renewal_near", severity: "urgent", product: null, from: null, to: null });
    expect(feedLines([opened])).toEqual([opened]);
  });

  test("leaves out what it does not know", () => {
    expect(feedLines([change("1-4", { type: "owner_changed" })])).toEqual([]);
  });
});
