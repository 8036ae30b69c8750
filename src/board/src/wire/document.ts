import type { Change, Delta, Fleet, Heartbeat, Model, Product, Segment, Snapshot, Stage } from "./messages";

/** Changes that the board keeps; the server cuts its own feed at the same length. */
export const feedLength = 50;

/** What the wall shows of the fleet: a snapshot with every delta since applied. Immutable. */
export interface BoardDocument {
  readonly version: string;
  readonly model: Model;
  readonly fleet: Fleet;
  readonly stages: readonly Stage[];
  readonly products: readonly Product[];
  readonly segments: readonly Segment[];
  /** Newest first. */
  readonly feed: readonly Change[];
}

/** `join`: the document is not what the server has, ask for a snapshot; until it comes the old document stands. */
export interface Step {
  readonly document: BoardDocument | null;
  readonly join: boolean;
}

export function applySnapshot(snapshot: Snapshot): Step {
  const { version, model, fleet, stages, products, segments, feed } = snapshot;
  return { document: { version, model, fleet, stages, products, segments, feed: feed.slice(0, feedLength) }, join: false };
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
      feed: prepend(document.feed, delta.feed_added),
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

function prepend(feed: readonly Change[], added: readonly Change[] | null | undefined): readonly Change[] {
  if (added == null || added.length === 0) return feed;
  return [...added, ...feed].slice(0, feedLength);
}
