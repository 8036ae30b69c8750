import type { Heartbeat } from "../wire/messages";

/** What the transport says of itself. `refused`: the server wants another key. */
export type LinkState = "connecting" | "connected" | "lost" | "refused";

/** Silence of a connected server before its figures count as cut off. Heartbeats come each second. */
export const staleAfterMs = 5_000;

/** Heartbeats that come so long after they were sent bring figures that are as old: the browser, or the network, is too slow. */
export const lateAfterMs = 5_000;

/** And that stands until they come no later than this: a wall that says something else every second tells nobody anything. */
export const lateUntilMs = 1_000;

/** Late for so long, or without a heartbeat: a new connection brings the present, and measures anew what is late (a clock may have been set). */
export const lateTooLongMs = 60_000;

/** A connection lost for longer than this is called disconnected; until then the board says reconnecting. */
export const disconnectedAfterMs = 5_000;

/** No usage event for this long, while heartbeats go on, is called quiet. */
export const quietAfterMs = 10_000;

/** All that the board's standing is judged on. Times are this browser's monotonic milliseconds. */
export interface Facts {
  readonly link: LinkState;
  /** Since when `link` is what it is. */
  readonly linkSince: number;
  /** When a snapshot, delta or heartbeat last came; null: never. */
  readonly heardAt: number | null;
  /** The last one of this connection. */
  readonly heartbeat: Heartbeat | null;
  /** When it came. */
  readonly heartbeatAt: number | null;
  /** How late it came, where that was too late. */
  readonly lateMs: number | null;
  /** When the server last said that it is ready, and in time, where it does not now: the figures may lack all that came since. Minus infinity: never. */
  readonly unreadySince: number | null;
  /** When the count of accepted events was last seen to rise; null: nothing was ever received. */
  readonly eventAt: number | null;
  /** A document is on the screen. */
  readonly shown: boolean;
}

/**
 * What the wall says of itself, worst first. `since`: the last moment at which its figures were known to be true (monotonic
 * milliseconds), null where there was none.
 */
export type Standing =
  | { readonly kind: "refused" }
  | { readonly kind: "connecting" }
  | { readonly kind: "disconnected"; readonly since: number }
  | { readonly kind: "reconnecting"; readonly since: number }
  | { readonly kind: "catching_up"; readonly detail: string; readonly since: number }
  | { readonly kind: "quiet"; readonly since: number | null }
  | { readonly kind: "live" };

/** A pure function of facts and now, so that every claim of the wall about itself is a row of a test. */
export function standingOf(facts: Facts, now: number): Standing {
  if (facts.link === "refused") return { kind: "refused" };
  const { heardAt, heartbeat } = facts;
  const starting = heartbeat !== null && !heartbeat.ready;
  if (heardAt === null || (!facts.shown && !starting)) {
    // Nothing to show yet. A server that is not there for a while is told apart from a page that is just loading.
    if (facts.link === "lost" && now - facts.linkSince > disconnectedAfterMs) return { kind: "disconnected", since: facts.linkSince };
    return { kind: "connecting" };
  }
  const silent = now - heardAt;
  if (facts.link !== "connected") {
    return { kind: silent > disconnectedAfterMs ? "disconnected" : "reconnecting", since: heardAt };
  }
  if (silent > staleAfterMs) return { kind: "disconnected", since: heardAt };
  // Figures alone do not say whether they are the present.
  if (heartbeat === null) return { kind: "connecting" };
  const catchingUp = (detail: string, since: number | null): Standing => ({ kind: "catching_up", detail, since: since ?? Number.NEGATIVE_INFINITY });
  if (!heartbeat.ready) return catchingUp(heartbeat.detail, facts.unreadySince);
  const slow = "its browser, or the network, is too slow.";
  // What else comes may have been sent long ago, and does not say.
  if (facts.heartbeatAt === null || now - facts.heartbeatAt > staleAfterMs) return catchingUp(`This screen does not hear how old they are: ${slow}`, facts.heartbeatAt);
  if (facts.lateMs !== null) return catchingUp(`They come ${Math.round(facts.lateMs / 1000)} s late to this screen: ${slow}`, facts.unreadySince);
  if (heartbeat.events_per_second > 0) return { kind: "live" };
  if (facts.eventAt === null || now - facts.eventAt >= quietAfterMs) return { kind: "quiet", since: facts.eventAt };
  return { kind: "live" };
}
