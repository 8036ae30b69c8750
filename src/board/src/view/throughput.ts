import type { Pulse } from "../link/pulse";
import { byId, setAttribute, svgChild } from "./dom";
import { Figure } from "./motion";
import { sparkHeight, sparkRuns } from "./spark";
import { count, none, pace } from "./words";

/** Events a second, now and over the last two minutes, and how many there were since the store began. */
export class ThroughputView {
  private readonly now = new Figure(byId("pace"), pace);
  private readonly total = new Figure(byId("events-total"), (value) => `${count(value)} in all`);
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
    const runs = sparkRuns(pulse.paces, now, Math.max(top, 1));
    setAttribute(this.line, "d", runs.map((run) => `M${run.map(([x, y]) => `${x} ${y}`).join("L")}`).join(""));
    setAttribute(this.area, "d", runs.map((run) => `M${run[0]?.[0] ?? 0} ${sparkHeight}L${run.map(([x, y]) => `${x} ${y}`).join("L")}L${run.at(-1)?.[0] ?? 0} ${sparkHeight}Z`).join(""));
  }
}
