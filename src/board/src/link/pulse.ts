import type { Heartbeat } from "../wire/messages";
import { lateAfterMs, lateUntilMs, quietAfterMs } from "./standing";

/** Seconds that the sparkline shows. */
export const paceSeconds = 120;

/** Two machines' clocks may drift apart by this part of the time, which is no lateness. */
const driftMax = 0.000_2;

export interface Pace {
  /** This browser's monotonic milliseconds. */
  readonly at: number;
  readonly perSecond: number;
}

/**
 * What the heartbeats of the last two minutes say: the pace of events, the server's clock, and when an event last came. It keeps what
 * was heard with when it was heard, so a time without heartbeats is a hole and not a flat line.
 */
export class Pulse {
  private heard: Pace[] = [];
  // A heartbeat that comes late speaks of when it was sent.
  private last: { readonly beat: Heartbeat; readonly at: number; readonly sentAt: number; readonly serverMs: number } | null = null;
  private speed = 1;
  private lastEventAt: number | null = null;
  private unready: number | null = null;
  private quickestMs = Number.POSITIVE_INFINITY;
  private late = 0;
  private lateFrom: number | null = null;

  /** To another server, perhaps: how late its heartbeats come is measured anew. */
  connected(): void {
    this.quickestMs = Number.POSITIVE_INFINITY;
    this.late = 0;
    this.lateFrom = null;
  }

  /** @param now this browser's monotonic milliseconds */
  beat(beat: Heartbeat, now: number): void {
    this.measure(beat, now);
    const serverMs = Date.parse(beat.server_time);
    const sentAt = now - this.late;
    const before = this.last;
    if (before === null) {
      this.lastEventAt = beat.data_age_ms === null ? null : now - Math.min(beat.data_age_ms, quietAfterMs);
    } else {
      if (beat.events !== before.beat.events) this.lastEventAt = now;
      const passed = sentAt - before.sentAt;
      // Demos run the server's clock at another speed. Only an undisturbed pair of beats tells it.
      if (passed > 500 && passed < 3_000) this.speed = Math.max(0, (serverMs - before.serverMs) / passed);
    }
    if (beat.ready && this.lateFrom === null) this.unready = null;
    else this.unready ??= before === null ? Number.NEGATIVE_INFINITY : before.at;
    this.last = { beat, at: now, sentAt, serverMs };
    this.heard = [...this.heard, { at: now, perSecond: beat.events_per_second }].filter((pace) => now - pace.at <= paceSeconds * 1000);
  }

  get heartbeat(): Heartbeat | null {
    return this.last?.beat ?? null;
  }

  /** Null: none came since then. What was heard over a connection before says nothing of the server behind this one. */
  heartbeatSince(at: number): Heartbeat | null {
    return this.last !== null && this.last.at >= at ? this.last.beat : null;
  }

  /** When the count of events was last seen to rise. */
  get eventAt(): number | null {
    return this.lastEventAt;
  }

  /** How long ago the last heartbeat was sent when it came, where that was too long; null: it came in time. */
  get lateMs(): number | null {
    return this.lateFrom === null ? null : this.late;
  }

  /** Since when heartbeats have come late; null: they do not. */
  get lateSince(): number | null {
    return this.lateFrom;
  }

  /** When the last heartbeat came; null: none ever. */
  get heartbeatAt(): number | null {
    return this.last?.at ?? null;
  }

  /** The last heartbeat that came in time and said that the server is ready, where those since then did not (never: minus infinity); null: the last one did. */
  get unreadySince(): number | null {
    return this.unready;
  }

  get paces(): readonly Pace[] {
    return this.heard;
  }

  /** The server's clock, Unix milliseconds. Between heartbeats, and without them, it goes on at the speed at which it was last seen to go. */
  serverNow(now: number): number | null {
    return this.last === null ? null : this.last.serverMs + (now - this.last.sentAt) * this.speed;
  }

  /** How long ago the newest applied record was received. It grows with this browser's clock while nothing is heard. */
  dataAgeMs(now: number): number | null {
    const last = this.last;
    if (last === null || last.beat.data_age_ms === null) return null;
    return last.beat.data_age_ms + (now - last.sentAt) * (this.speed === 0 ? 1 : this.speed);
  }

  // The way of the quickest heartbeat of a connection counts as none: the two clocks have nothing else in common.
  private measure(beat: Heartbeat, now: number): void {
    if (beat.uptime_ms === undefined) return;
    const wayMs = now - beat.uptime_ms;
    const passed = this.last === null ? 0 : now - this.last.at;
    this.quickestMs = Math.min(wayMs, this.quickestMs + passed * driftMax);
    this.late = wayMs - this.quickestMs;
    if (this.late <= (this.lateFrom === null ? lateAfterMs : lateUntilMs)) this.lateFrom = null;
    else this.lateFrom ??= now;
  }
}
