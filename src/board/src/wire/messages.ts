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
  /** Whether it has a health score. */
  readonly health: boolean;
  readonly alerts: boolean;
}

/** A new model on its way in: accounts are recomputed partition by partition. */
export interface Activation {
  readonly model: string;
  readonly partitions_done: number;
  readonly partitions: number;
  /** Partitions whose history cannot be read, the first of them, since when, and why; null: nothing holds it up. */
  readonly stuck: { readonly partitions: number; readonly first: number; readonly since: string; readonly reason: string } | null;
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
  readonly activation: Activation | null;
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

/** Accounts by the band that is shown. */
export interface Bands {
  readonly red: number;
  readonly yellow: number;
  readonly green: number;
  readonly unknown: number;
}

/** Live alerts that are not snoozed. */
export interface AlertCount {
  readonly open: number;
  readonly acknowledged: number;
}

export interface AlertCounts {
  readonly urgent: AlertCount;
  readonly warning: AlertCount;
  readonly notice: AlertCount;
  readonly info: AlertCount;
}

/** An alert, or a storm of them as one: then there is no account. */
export interface Alert {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  /** urgent, warning, notice, info */
  readonly severity: string;
  /** Alerts in it of that severity: a storm has others too. */
  readonly of_severity: number;
  /** open, acknowledged */
  readonly state: string;
  /** Alerts in it: 1, or those of the storm. */
  readonly count: number;
  /** Of those. */
  readonly acknowledged: number;
  readonly account: string | null;
  readonly name: string | null;
  readonly segment: string | null;
  readonly owner: string | null;
  readonly acknowledged_by: string | null;
  readonly opened_at: string;
  readonly reason: string;
  readonly action: string;
}

/** A band that worsened, or a fast fall of the score. */
export interface Slip {
  readonly id: string;
  readonly at: string;
  readonly day: string;
  readonly account: string;
  readonly name: string;
  readonly segment: string;
  readonly owner: string | null;
  /** Bands; equal where the score fell fast within one. */
  readonly from: string | null;
  readonly to: string | null;
  readonly score_before: number | null;
  readonly score_after: number | null;
  /** What cost the points. */
  readonly reason: string;
  readonly cause_kind: string;
  readonly cause: string;
}

/** An account whose score moved. */
export interface Move {
  readonly id: string;
  readonly name: string;
  readonly segment: string;
  readonly band: string;
  readonly score: number;
  /** Points. */
  readonly change: number;
}

export interface Moves {
  readonly up: readonly Move[];
  readonly down: readonly Move[];
}

export interface Movers {
  /** Since yesterday's close. */
  readonly day: Moves;
  /** Since the close of seven days ago. */
  readonly week: Moves;
}

export interface Change {
  readonly id: string;
  readonly at: string;
  readonly day: string;
  readonly account: string;
  readonly name: string;
  readonly segment: string;
  /** stage_changed, product_adopted, product_lapsed, band_changed, alert_opened; more may come. */
  readonly type: string;
  readonly product: string | null;
  /** Stages, or bands. */
  readonly from: string | null;
  readonly to: string | null;
  /** The alert's type and severity, where one was opened. */
  readonly alert?: string;
  readonly severity?: string;
  /** event, tick, profile, rebuild, model, person */
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
  readonly bands: Bands;
  readonly alert_counts: AlertCounts;
  readonly alerts: readonly Alert[];
  readonly slips: readonly Slip[];
  readonly movers: Movers;
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
  readonly bands?: Bands | null;
  readonly alert_counts?: AlertCounts | null;
  readonly alerts?: readonly Alert[] | null;
  readonly slips_added?: readonly Slip[] | null;
  readonly movers?: Movers | null;
  readonly feed_added?: readonly Change[] | null;
}

export interface Heartbeat {
  readonly server_time: string;
  /** Real time since the server began, when this was sent. Missing: a server of before. */
  readonly uptime_ms?: number;
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
