import { describe, expect, test } from "vitest";
import { sparkRuns } from "../src/view/spark";
import { age, ago, average, pace, percent, person, signed, sinceDay, span, stuckWords, withoutDomains } from "../src/view/words";

test("A share is never 0 % of something nor 100 % of not all", () => {
  expect([percent(0, 400), percent(1, 400), percent(399, 400), percent(400, 400), percent(1, 3), percent(1, 0)]).toEqual(["0%", "<1%", "99%", "100%", "33%", "–"]);
});

test("Spans of time are short where they are glanced at and exact where they are read", () => {
  expect([0, 999, 1000, 59_999, 60_000, 3_600_000, 47 * 3_600_000, 72 * 3_600_000].map(ago)).toEqual(["now", "now", "1 s", "59 s", "1 min", "1 h", "47 h", "3 d"]);
  expect([4_000, 125_000, 11_520_000].map(span)).toEqual(["4 s", "2 min 05 s", "3 h 12 min"]);
  expect([12, 1_000].map(age)).toEqual(["under 1 s", "1 s"]);
});

test("A pace shows decimals only where they say something", () => {
  expect([0, 0.4, 9.94, 10.2, 183.4, 241_029, 1_024_000].map(pace)).toEqual(["0", "0.4", "9.9", "10", "183", "241,029", "1.02 M"]);
});

test("An average without anything to divide by is a dash", () => {
  expect([average(null), average(2.114)]).toEqual(["–", "2.11"]);
});

test("Days in a stage count by the fleet's day, not by the viewer's", () => {
  expect(["2026-11-21", "2026-11-20", "2026-11-01", "2026-11-22"].map((day) => sinceDay(day, "2026-11-21"))).toEqual(["today", "yesterday", "20 days ago", "today"]);
});

test("Points have their sign, and none has none", () => {
  expect([-4.26, 12, 0].map(signed)).toEqual(["−4.3", "+12.0", "0.0"]);
});

test("People are told without the domain of their address", () => {
  expect([person("dana@vendor.example"), person("dana"), person("@x")]).toEqual(["dana", "dana", "@x"]);
  expect(withoutDomains("NPS Submitted by ines.patel@atlas-studios.example, dated 2026-11-20")).toBe("NPS Submitted by ines.patel, dated 2026-11-20");
  expect(withoutDomains("ada@a.example and li@b.example.")).toBe("ada and li.");
  expect(withoutDomains("3 of 20 within 30 days @ noon")).toBe("3 of 20 within 30 days @ noon");
});

test("What holds an activation up is told with its partitions, since when, and why", () => {
  const stuck = { partitions: 1, first: 7, since: "2026-11-22T02:13:05.000Z", reason: "a damaged segment" };
  expect(stuckWords(stuck)).toBe("Partition 7 cannot read its history since 2026-11-22 02:13 UTC (a damaged segment). ");
  expect(stuckWords({ ...stuck, partitions: 3 })).toContain("3 partitions, the first of them 7, cannot read their history");
});

describe("The sparkline", () => {
  const paces = [0, 1, 2, 10, 11].map((s) => ({ at: s * 1000, perSecond: 50 }));

  test("has a hole where nothing was heard", () => {
    expect(sparkRuns(paces, 11_000, 100).map((run) => run.length)).toEqual([3, 2]);
  });

  test("ends at now and scales to its peak", () => {
    const run = sparkRuns([{ at: 120_000, perSecond: 100 }], 120_000, 100)[0];
    expect(run?.[0]).toEqual([120, 2]);
    expect(sparkRuns([{ at: 0, perSecond: 0 }], 120_000, 100)[0]?.[0]).toEqual([0, 39]);
  });
});
