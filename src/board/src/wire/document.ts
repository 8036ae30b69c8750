import type { Alert, AlertCounts, Bands, Change, Delta, Fleet, Heartbeat, Model, Movers, Product, Segment, Slip, Snapshot, Stage } from "./messages";

/** Changes that the board keeps; the server cuts its own feed at the same length. */
export const feedLength = 50;

/** Slips, likewise. */
export const slipsLength = 20;

/** What the wall shows of the fleet: a snapshot with every delta since applied. Immutable. */
export interface BoardDocument {
  readonly version: string;
  readonly model: Model;
  readonly fleet: Fleet;
  readonly stages: readonly Stage[];
  readonly products: readonly Product[];
  readonly segments: readonly Segment[];
  readonly bands: Bands;
  readonly alert_counts: AlertCounts;
  /** Most severe first. */
  readonly alerts: readonly Alert[];
  /** Newest first. */
  readonly slips: readonly Slip[];
  readonly movers: Movers;
  /** Newest first. */
  readonly feed: readonly Change[];
}

/** `join`: the document is not what the server has, ask for a snapshot; until it comes the old document stands. */
export interface Step {
  readonly document: BoardDocument | null;
  readonly join: boolean;
}

export function applySnapshot(snapshot: Snapshot): Step {
  const { version, model, fleet, stages, products, segments, bands, alert_counts, alerts, movers } = snapshot;
  const feed = snapshot.feed.slice(0, feedLength);
  const slips = snapshot.slips.slice(0, slipsLength);
  return { document: { version, model, fleet, stages, products, segments, bands, alert_counts, alerts, slips, movers, feed }, join: false };
}

/** A delta applies to exactly the version that it names. Anything else is a gap (a lost frame, another run of the server). */
export function applyDelta(document: BoardDocument | null, delta: Delta): Step {
  if (document === null || document.version !== delta.from) return { document, join: true };
  const whole = delta.model != null;
  return {
    document: {
      version: delta.to,
      model: delta.model ?? document.model,
      fleet: delta.fleet ?? document.fleet,
      stages: merge(document.stages, delta.stages, whole),
      products: merge(document.products, delta.products, whole),
      segments: merge(document.segments, delta.segments, whole),
      bands: delta.bands ?? document.bands,
      alert_counts: delta.alert_counts ?? document.alert_counts,
      alerts: delta.alerts ?? document.alerts,
      slips: prepend(document.slips, delta.slips_added, slipsLength),
      movers: delta.movers ?? document.movers,
      feed: prepend(document.feed, delta.feed_added, feedLength),
    },
    join: false,
  };
}

/** Messages of one connection come in order, so a heartbeat that names another version tells of a frame that never came. */
export function applyHeartbeat(document: BoardDocument | null, heartbeat: Heartbeat): Step {
  if (heartbeat.version === null) return { document, join: false };
  return { document, join: document === null || document.version !== heartbeat.version };
}

/** Changed entries replace those of their id and the order stays; with a new model the list is whole and replaces the old one. */
function merge<T extends { readonly id: string }>(have: readonly T[], changed: readonly T[] | null | undefined, whole: boolean): readonly T[] {
  if (changed == null) return have;
  if (whole) return changed;
  const byId = new Map(changed.map((entry) => [entry.id, entry]));
  return have.map((entry) => byId.get(entry.id) ?? entry);
}

function prepend<T>(have: readonly T[], added: readonly T[] | null | undefined, length: number): readonly T[] {
  if (added == null || added.length === 0) return have;
  return [...added, ...have].slice(0, length);
}
