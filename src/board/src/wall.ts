import { applyDelta, applyHeartbeat, applySnapshot, type BoardDocument, type Step } from "./wire/document";
import type { Delta, Heartbeat, Snapshot } from "./wire/messages";
import type { LinkListener } from "./link/link";
import { Pulse } from "./link/pulse";
import { lateTooLongMs, standingOf, type LinkState } from "./link/standing";
import { ActivationView } from "./view/activation";
import { AlertsView } from "./view/alerts";
import { ProductsView, SegmentsView } from "./view/bars";
import { FeedView } from "./view/feed";
import { FleetView } from "./view/fleet";
import { HealthView } from "./view/health";
import { MoversView } from "./view/movers";
import { SignInView } from "./view/signIn";
import { SlipsView } from "./view/slips";
import { StagesView } from "./view/stages";
import { StandingView } from "./view/standing";
import { ThroughputView } from "./view/throughput";

/** What the wall asks of whoever feeds it. */
export interface WallRequests {
  join(): void;
  /** Over a new connection. */
  reconnect(): void;
  useKey(key: string): void;
  /** A key was given. */
  hasKey(): boolean;
}

/** A browser that draws no frame for so long, as that of a hidden tab or of a machine that is too busy, is not waited for: what stands on the wall is never older than what the wall says of it. */
const undrawnMs = 1_000;

/** The whole wall: hears the link, holds the document, and draws at most once a frame. */
export class Wall implements LinkListener {
  private board: BoardDocument | null = null;
  private drawn: BoardDocument | null = null;
  private readonly pulse = new Pulse();
  private link: LinkState = "connecting";
  private linkSince = performance.now();
  private heardAt: number | null = null;
  private frame = 0;
  private frameSince = 0;

  private readonly fleet = new FleetView();
  private readonly activation = new ActivationView();
  private readonly health = new HealthView();
  private readonly slips = new SlipsView();
  private readonly alerts = new AlertsView();
  private readonly movers = new MoversView();
  private readonly stages = new StagesView();
  private readonly segments = new SegmentsView();
  private readonly products = new ProductsView();
  private readonly feed = new FeedView();
  private readonly throughput = new ThroughputView();
  private readonly standing = new StandingView();
  private readonly signIn: SignInView;

  constructor(private readonly requests: WallRequests) {
    this.signIn = new SignInView((key) => requests.useKey(key));
    // Ages and the standing go on while nothing is heard: that is when they matter most.
    setInterval(() => this.tick(), 250);
    this.tick();
  }

  state(state: LinkState): void {
    if (state !== this.link) this.linkSince = performance.now();
    this.link = state;
    if (state === "connected") this.pulse.connected();
    if (state === "refused") this.signIn.ask(this.requests.hasKey());
    else if (state === "connected") this.signIn.hide();
    this.tick();
  }

  snapshot(message: Snapshot): void {
    this.take(applySnapshot(message));
  }

  delta(message: Delta): void {
    this.take(applyDelta(this.board, message));
  }

  heartbeat(message: Heartbeat): void {
    this.pulse.beat(message, performance.now());
    this.take(applyHeartbeat(this.board, message));
    this.standing.beat();
    this.tick();
  }

  private take(step: Step): void {
    this.heardAt = performance.now();
    this.board = step.document;
    if (step.join) this.requests.join();
    if (this.frame !== 0 || this.board === this.drawn) return;
    // The next frame draws the newest document, whatever was passed over.
    this.frameSince = this.heardAt;
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const board = this.board;
    if (board === null || board === this.drawn) return;
    this.drawn = board;
    this.fleet.show(board);
    this.activation.show(board);
    this.health.show(board);
    this.slips.show(board);
    this.alerts.show(board);
    this.movers.show(board);
    this.stages.show(board);
    this.segments.show(board);
    this.products.show(board);
    this.feed.show(board);
    document.documentElement.dataset["version"] = board.version;
    this.tick();
  }

  private tick(): void {
    const now = performance.now();
    if (this.frame !== 0 && now - this.frameSince > undrawnMs) this.draw();
    const { pulse } = this;
    const lateSince = Math.max(this.linkSince, pulse.lateSince ?? pulse.heartbeatAt ?? 0);
    if (this.link === "connected" && now - lateSince > lateTooLongMs) this.requests.reconnect();
    const standing = standingOf(
      {
        link: this.link, linkSince: this.linkSince, heardAt: this.heardAt, heartbeat: pulse.heartbeatSince(this.linkSince), heartbeatAt: pulse.heartbeatAt, lateMs: pulse.lateMs,
        unreadySince: pulse.unreadySince, eventAt: pulse.eventAt, shown: this.drawn !== null,
      },
      now,
    );
    this.standing.show(standing, { now, dataAgeMs: this.pulse.dataAgeMs(now), shown: this.drawn !== null });
    const heardNow = standing.kind === "live" || standing.kind === "quiet" || standing.kind === "catching_up";
    this.throughput.show(this.pulse, now, heardNow);
    const serverNow = this.pulse.serverNow(now);
    if (serverNow === null) return;
    this.slips.tick(serverNow);
    this.alerts.tick(serverNow);
    this.feed.tick(serverNow);
  }
}
