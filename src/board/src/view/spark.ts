import { paceSeconds, type Pace } from "../link/pulse";

/** Heartbeats come each second; a longer pause is drawn as a hole. */
const holeMs = 2_500;
/** The viewBox in index.html. */
const sparkWidth = 120;
export const sparkHeight = 40;

/** The line's unbroken runs, in the sparkline's own units: x 0 (two minutes ago) to 120 (now), y 40 (none) to 0 (`top`). */
export function sparkRuns(paces: readonly Pace[], now: number, top: number): readonly (readonly (readonly [number, number])[])[] {
  const runs: [number, number][][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const { at, perSecond } of paces) {
    const point: [number, number] = [round(sparkWidth - ((now - at) / 1000) * (sparkWidth / paceSeconds)), round(sparkHeight - 1 - (perSecond / top) * (sparkHeight - 3))];
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
