import { paceSeconds, type Pace, type Pulse } from "../link/pulse";
import { byId, setAttribute, setText, svgChild } from "./dom";
import { Figure } from "./motion";
import { count, none, pace } from "./words";

/** Heartbeats come each second; a longer pause is drawn as a hole. */
const holeMs = 2_500;
const width = 120;
const height = 40;

/** Events a second, now and over the last two minutes, and how many there were since the store began. */
export class ThroughputView {
  private readonly now = new Figure(byId("pace"), pace);
  private readonly total = new Figure(byId("events-total"), (value) => `${count(value)} in all`);
  private readonly peak = byId("pace-peak");
  private readonly area = svgChild("path", "spark-area");
  private readonly line = svgChild("path", "spark-line");

  constructor() {
    byId<SVGSVGElement>("spark").append(this.area, this.line);
  }

  /** @param heardNow false: nothing is heard at the moment, so there is no present pace. */
  show(pulse: Pulse, now: number, heardNow: boolean): void {
    this.now.show(heardNow ? (pulse.heartbeat?.events_per_second ?? null) : null, none);
    if (pulse.heartbeat !== null) this.total.show(pulse.heartbeat.events);
    const top = Math.max(...pulse.paces.map((heard) => heard.perSecond), 0);
    setText(this.peak, top > 0 ? `peak ${pace(top)}` : "");
    const runs = sparkRuns(pulse.paces, now, Math.max(top, 1));
    setAttribute(this.line, "d", runs.map((run) => `M${run.map(([x, y]) => `${x} ${y}`).join("L")}`).join(""));
    setAttribute(this.area, "d", runs.map((run) => `M${run[0]?.[0] ?? 0} ${height}L${run.map(([x, y]) => `${x} ${y}`).join("L")}L${run.at(-1)?.[0] ?? 0} ${height}Z`).join(""));
  }
}

/** The line's unbroken runs, in the sparkline's own units: x 0 (two minutes ago) to 120 (now), y 40 (none) to 0 (`top`). */
export function sparkRuns(paces: readonly Pace[], now: number, top: number): readonly (readonly (readonly [number, number])[])[] {
  const runs: [number, number][][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const { at, perSecond } of paces) {
    const point: [number, number] = [round(width - ((now - at) / 1000) * (width / paceSeconds)), round(height - 1 - (perSecond / top) * (height - 3))];
    const run = runs.at(-1);
    if (run === undefined || at - before > holeMs) runs.push([point]);
    else run.push(point);
    before = at;
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
