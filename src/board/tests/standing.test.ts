import { describe, expect, test } from "vitest";
import { Pulse } from "../src/link/pulse";
import { retryDelayMs, retryMsMax, retryMsMin } from "../src/link/retry";
import { standingOf, type Facts } from "../src/link/standing";
import { wordsOf } from "../src/view/standing";
import { heartbeat } from "./documents";

const second = 1000;
const well: Facts = { link: "connected", linkSince: 0, heardAt: 100 * second, heartbeat: heartbeat(), heartbeatAt: 100 * second, lateMs: null, unreadySince: null, eventAt: 100 * second, shown: true };

describe("The board's word about itself", () => {
  const silent = heartbeat({ events_per_second: 0 });
  const rows: readonly (readonly [string, Partial<Facts>, number, string])[] = [
    ["heartbeats with events", {}, 100.4, "live"],
    ["a quiet moment between two events", { heartbeat: silent, eventAt: 92 * second }, 100.4, "live"],
    ["no event for ten seconds", { heartbeat: silent, eventAt: 90 * second }, 100.4, "quiet"],
    ["no event ever", { heartbeat: silent, eventAt: null }, 100.4, "quiet"],
    ["a server that catches up", { heartbeat: heartbeat({ ready: false, detail: "Replaying." }), unreadySince: 99 * second }, 100.4, "catching_up"],
    ["a server that has nothing to show yet", { heartbeat: heartbeat({ ready: false, version: null }), unreadySince: Number.NEGATIVE_INFINITY, shown: false }, 100.4, "catching_up"],
    ["heartbeats that come long after they were sent", { lateMs: 5.1 * second, unreadySince: 99 * second }, 100.4, "catching_up"],
    ["something heard just now, and the last heartbeat twelve seconds ago", { heardAt: 112 * second }, 112.1, "catching_up"],
    ["four seconds without a heartbeat", {}, 104, "live"],
    ["more than five seconds without a heartbeat, though the line seems up", {}, 105.1, "disconnected"],
    ["a line lost just now", { link: "lost", linkSince: 100.2 * second }, 100.4, "reconnecting"],
    ["a line lost for longer", { link: "lost", linkSince: 100.2 * second }, 106, "disconnected"],
    ["a line that comes back without figures", { link: "connecting" }, 106, "disconnected"],
    ["a page that loads", { link: "connecting", heardAt: null, heartbeat: null, shown: false }, 1, "connecting"],
    ["a server that never answered", { link: "lost", heardAt: null, heartbeat: null, shown: false, linkSince: second }, 8, "disconnected"],
    ["figures, and no heartbeat yet that says how old they are", { heartbeat: null, eventAt: null }, 100.4, "connecting"],
    ["deltas for seconds, and no heartbeat", { heartbeat: null, eventAt: null, heardAt: 130 * second }, 130.4, "connecting"],
    ["a line lost before the first heartbeat", { link: "lost", linkSince: 100.2 * second, heartbeat: null, eventAt: null }, 106, "disconnected"],
    ["connected, and no snapshot yet", { heardAt: null, heartbeat: null, shown: false }, 1, "connecting"],
    ["a key that the server does not take", { link: "refused" }, 100.4, "refused"],
  ];

  test.each(rows)("%s", (_, facts, at, kind) => {
    expect(standingOf({ ...well, ...facts }, at * second).kind).toBe(kind);
  });

  test("names the last moment at which its figures were true", () => {
    expect(standingOf({ ...well, link: "lost", linkSince: 103 * second }, 110 * second)).toEqual({ kind: "disconnected", since: 100 * second });
  });

  test("says how old the figures are once they are cut off", () => {
    const words = wordsOf({ kind: "disconnected", since: 0 }, { now: 72 * second, dataAgeMs: 72 * second, shown: true });
    expect(words.banner?.title).toMatch(/^Disconnected since \d\d:\d\d:\d\d$/);
    expect(words.banner?.detail).toContain("1 min 12 s old");
  });

  test("shows no banner while all is well, nor for a short loss", () => {
    const facts = { now: 0, dataAgeMs: 300, shown: true };
    expect(wordsOf({ kind: "live" }, facts).banner).toBeUndefined();
    expect(wordsOf({ kind: "quiet", since: 0 }, facts).banner).toBeUndefined();
    expect(wordsOf({ kind: "reconnecting", since: 0 }, facts).banner).toBeUndefined();
  });

  test("does not say that no data was received while figures stand and their age is not known", () => {
    const facts = { now: 0, dataAgeMs: null, shown: true };
    expect(wordsOf(standingOf({ ...well, heartbeat: null, eventAt: null }, 100.4 * second), facts).detail).toBe("Waiting to hear how old the figures are");
    expect(wordsOf({ kind: "connecting" }, { ...facts, shown: false }).detail).toBe("Waiting for the first figures");
  });

  test("repeats the server's sentence over the wall where it has nothing to show, or catches up for long", () => {
    const standing = { kind: "catching_up", detail: "Replaying.", since: 0 } as const;
    expect(wordsOf(standing, { now: 0, dataAgeMs: null, shown: false }).banner?.detail).toContain("Replaying.");
    expect(wordsOf(standing, { now: 15 * second, dataAgeMs: null, shown: true }).banner?.detail).toContain("Replaying.");
  });

  test("says in the badge alone that it catches up for some seconds, as when a silo is lost", () => {
    const words = wordsOf({ kind: "catching_up", detail: "Partition 3 is behind.", since: 0 }, { now: 14.9 * second, dataAgeMs: 200, shown: true });
    expect(words).toMatchObject({ word: "Catching up", detail: "Newest data under 1 s old" });
    expect(words.banner).toBeUndefined();
  });

  test("shows the banner at once over figures of before a long loss, or of a page that was just opened", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat(), 1 * second);
    pulse.beat(heartbeat({ ready: false }), 600 * second);
    const facts = { now: 600.2 * second, dataAgeMs: 600 * second, shown: true };
    const back = { ...well, linkSince: 599 * second, heardAt: 600 * second, heartbeat: pulse.heartbeat, unreadySince: pulse.unreadySince };
    expect(wordsOf(standingOf(back, facts.now), facts).banner).toBeDefined();

    const first = new Pulse();
    first.beat(heartbeat({ ready: false }), 600 * second);
    expect(wordsOf(standingOf({ ...back, unreadySince: first.unreadySince }, facts.now), facts).banner).toBeDefined();
  });

  test("says of a screen that is late that it is the screen", () => {
    expect(standingOf({ ...well, lateMs: 7.4 * second, unreadySince: 90 * second }, 100.4 * second)).toMatchObject({ since: 90 * second, detail: expect.stringContaining("7 s late to this screen") });
    const starting = { heartbeat: heartbeat({ ready: false, detail: "Replaying." }), lateMs: 7.4 * second };
    expect(standingOf({ ...well, ...starting }, 100.4 * second)).toMatchObject({ detail: "Replaying." });
  });

  test("counts how long it has been catching up from when it was last known to be complete", () => {
    expect(standingOf({ ...well, heartbeat: heartbeat({ ready: false }), unreadySince: 90 * second }, 100.4 * second)).toMatchObject({ since: 90 * second });
  });
});

describe("The pulse", () => {
  test("takes the first heartbeat's data age for the time of the last event", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat({ data_age_ms: 3000 }), 10_000);
    expect(pulse.eventAt).toBe(7_000);
  });

  test("knows when the server was last ready", () => {
    const pulse = new Pulse();
    for (const [at, ready] of [[1, false], [2, true], [3, false], [4, false]] as const) pulse.beat(heartbeat({ ready }), at * second);
    expect(pulse.unreadySince).toBe(2 * second);
    pulse.beat(heartbeat(), 5 * second);
    expect(pulse.unreadySince).toBeNull();
  });

  test("knows how late what it hears is, by the quickest heartbeat of the connection, and since when", () => {
    const pulse = new Pulse();
    const hear = (sent: number, at: number) => pulse.beat(heartbeat({ uptime_ms: sent * second }), at * second);
    hear(900, 10.4);
    hear(901, 11.1);
    hear(906, 21.0);
    expect(pulse.lateMs).toBeNull();
    hear(907, 22.3);
    expect(pulse.lateMs).toBeCloseTo(5.2 * second, -1);
    expect(pulse.unreadySince).toBe(21 * second);
    expect(pulse.lateSince).toBe(22.3 * second);
    // Nearly in time is not yet.
    hear(915, 26.4);
    expect(pulse.lateMs).toBeCloseTo(1.3 * second, -1);
    expect(pulse.lateSince).toBe(22.3 * second);
    hear(917, 27.9);
    expect(pulse.lateMs).toBeNull();
    expect(pulse.unreadySince).toBeNull();
  });

  test("does not take another server's clock, or none, or one that runs slower, for lateness", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat({ uptime_ms: 900 * second }), 10 * second);
    pulse.connected();
    pulse.beat(heartbeat({ uptime_ms: 1 * second }), 20 * second);
    expect(pulse.lateMs).toBeNull();
    pulse.beat(heartbeat(), 40 * second);
    expect(pulse.lateMs).toBeNull();
    for (let s = 21; s < 200_000; s += 10) pulse.beat(heartbeat({ uptime_ms: (s - 19) * 0.999_9 * second }), s * second);
    expect(pulse.lateMs).toBeNull();
  });

  test("sees an event where the count rises, and none where it stands", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat({ events: 5 }), 1_000);
    pulse.beat(heartbeat({ events: 6 }), 2_000);
    pulse.beat(heartbeat({ events: 6 }), 3_000);
    expect(pulse.eventAt).toBe(2_000);
  });

  test("forgets at a new connection what the server said over the one before", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat(), 1_000);
    expect(pulse.heartbeatSince(500)).not.toBeNull();
    expect(pulse.heartbeatSince(1_001)).toBeNull();
    // A server that starts gives the figures first.
    const back = { ...well, linkSince: 101 * second, heardAt: 101.1 * second, heartbeat: pulse.heartbeatSince(101 * second) };
    expect(standingOf(back, 101.2 * second).kind).toBe("connecting");
    pulse.beat(heartbeat({ ready: false }), 101_300);
    expect(standingOf({ ...back, heartbeat: pulse.heartbeatSince(101 * second) }, 101.4 * second).kind).toBe("catching_up");
  });

  test("lets the data's age grow while nothing is heard", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat({ data_age_ms: 400 }), 1_000);
    expect(pulse.dataAgeMs(61_000)).toBe(60_400);
  });

  test("adds to the data's age, and to the server's clock, how late it is told of them", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat({ data_age_ms: 400, uptime_ms: 900 * second, server_time: "2026-11-20T23:59:59Z" }), 10 * second);
    pulse.beat(heartbeat({ data_age_ms: 400, uptime_ms: 901 * second, server_time: "2026-11-21T00:00:00Z" }), 23 * second);
    expect(pulse.dataAgeMs(23.5 * second)).toBeCloseTo(12.9 * second, -2);
    expect(pulse.serverNow(23.5 * second)).toBeCloseTo(Date.parse("2026-11-21T00:00:12.5Z"), -2);
    pulse.connected();
    expect(pulse.dataAgeMs(24.5 * second)).toBeCloseTo(13.9 * second, -2);
  });

  test("follows a server clock of another speed", () => {
    const pulse = new Pulse();
    pulse.beat(heartbeat({ server_time: "2026-11-21T00:00:00Z" }), 1_000);
    pulse.beat(heartbeat({ server_time: "2026-11-21T00:01:00Z" }), 2_000);
    expect(pulse.serverNow(2_500)).toBe(Date.parse("2026-11-21T00:01:30Z"));
  });

  test("takes heartbeats that come in a rush, after they were held up, for no faster clock", () => {
    const pulse = new Pulse();
    const sent = (s: number, at: number) => pulse.beat(heartbeat({ uptime_ms: s * second, server_time: new Date(Date.UTC(2026, 10, 21) + s * second).toISOString() }), at * second);
    sent(0, 0);
    sent(1, 1);
    sent(2, 32);
    for (let s = 3; s < 20; s++) sent(s, 32 + (s - 2) * 0.6);
    expect(pulse.serverNow(42.2 * second)).toBeCloseTo(Date.UTC(2026, 10, 21) + 42.2 * second, -2);
  });

  test("keeps two minutes", () => {
    const pulse = new Pulse();
    for (let s = 0; s < 300; s++) pulse.beat(heartbeat(), s * second);
    expect(pulse.paces.length).toBe(121);
  });
});

describe("The wait before another try", () => {
  test("stays within its bounds, grows, and never ends", () => {
    for (const random of [0, 0.5, 1]) {
      for (let attempt = 0; attempt < 10_000; attempt += attempt < 20 ? 1 : 997) {
        const wait = retryDelayMs(attempt, random);
        expect(wait).toBeGreaterThanOrEqual(retryMsMin);
        expect(wait).toBeLessThanOrEqual(retryMsMax);
      }
    }
    expect(retryDelayMs(3, 0.5)).toBeGreaterThan(retryDelayMs(1, 0.5));
  });

  test("differs between walls", () => {
    expect(retryDelayMs(5, 0.1)).not.toBe(retryDelayMs(5, 0.3));
  });
});
