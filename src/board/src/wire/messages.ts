/**
 * The messages of docs/board-wire.md, name for name. Instants are RFC 3339 UTC strings, days `yyyy-MM-dd`. Fields that are not
 * named here are ignored: the wire may grow.
 */

export interface ModelStage {
  readonly id: string;
  readonly name: string;
  /** unknown, high, medium, low, lowest; a model may have words of its own. */
  readonly churn_risk: string;
  readonly priority: string;
  readonly action: string;
}

export interface ModelProduct {
  readonly id: string;
  readonly name: string;
}

export interface ModelSegment {
  readonly id: string;
  readonly name: string;
  /** Average adopted products that the field publishes; null: none published. */
  readonly benchmark_products: number | null;
}

export interface Model {
  readonly version: string;
  readonly stages: readonly ModelStage[];
  readonly products: readonly ModelProduct[];
  readonly segments: readonly ModelSegment[];
}

export interface Fleet {
  readonly day: string;
  readonly accounts: number;
  readonly churned: number;
  readonly rebuilding: number;
  /** Usage events accepted since the store began. */
  readonly events: number;
  readonly adopted_products: number;
  readonly entitled_products: number;
  readonly average_products: number | null;
  /** 0..1 */
  readonly adoption_rate: number | null;
}

/** An account that came into a stage lately. */
export interface Mover {
  readonly id: string;
  readonly name: string;
  readonly segment: string;
  /** First day of the present run in the stage. */
  readonly since: string;
}

export interface Stage {
  readonly id: string;
  readonly count: number;
  readonly accounts: readonly Mover[];
}

export interface Product {
  readonly id: string;
  readonly adopted: number;
  readonly entitled: number;
}

export interface Segment {
  readonly id: string;
  readonly accounts: number;
  readonly average_products: number | null;
}

export interface Change {
  readonly id: string;
  readonly at: string;
  readonly day: string;
  readonly account: string;
  readonly name: string;
  readonly segment: string;
  /** stage_changed, product_adopted, product_lapsed; more may come. */
  readonly type: string;
  readonly product: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** event, tick, profile, rebuild, model */
  readonly cause_kind: string;
  readonly cause: string;
}

export interface Snapshot {
  readonly version: string;
  readonly model: Model;
  readonly fleet: Fleet;
  readonly stages: readonly Stage[];
  readonly products: readonly Product[];
  readonly segments: readonly Segment[];
  readonly feed: readonly Change[];
}

/** A missing section means 'as before'. */
export interface Delta {
  readonly from: string;
  readonly to: string;
  readonly model?: Model | null;
  readonly fleet?: Fleet | null;
  readonly stages?: readonly Stage[] | null;
  readonly products?: readonly Product[] | null;
  readonly segments?: readonly Segment[] | null;
  readonly feed_added?: readonly Change[] | null;
}

export interface Heartbeat {
  readonly server_time: string;
  /** Null: nothing was ever received. */
  readonly data_age_ms: number | null;
  readonly events_per_second: number;
  readonly events: number;
  /** False while the server recovers or catches up. */
  readonly ready: boolean;
  readonly detail: string;
  /** Null: the server has no document yet; it sends one when it has. */
  readonly version: string | null;
}
