import { HubConnectionBuilder, HubConnectionState, LogLevel, type HubConnection } from "@microsoft/signalr";
import type { Delta, Heartbeat, Snapshot } from "../wire/messages";
import { retryDelayMs } from "./retry";
import type { LinkState } from "./standing";

/** What a link tells. Calls come one at a time, in the order of the wire. */
export interface LinkListener {
  state(state: LinkState): void;
  snapshot(message: Snapshot): void;
  delta(message: Delta): void;
  heartbeat(message: Heartbeat): void;
}

/** The part of SignalR's connection that the link uses. */
export type Hub = Pick<HubConnection, "state" | "start" | "stop" | "on" | "invoke" | "onclose" | "onreconnecting" | "onreconnected">;

/** A snapshot that was asked for and has not come after this long is asked for again. */
const joinAgainMs = 5_000;

/**
 * Heartbeats come each second to a viewer that has joined, so silence of this length is a dead connection (a pulled cable closes nothing).
 * It is above the server's keep-alive to viewers that have not joined yet (SignalR's default, 15 s).
 */
const serverTimeoutMs = 16_000;

/**
 * The line to the server: connects, joins, and does both again for as long as it takes. It does not judge what comes; whoever finds a gap calls
 * {@link join}. A refused key stops it until {@link start} is called again.
 */
export class BoardLink {
  private joining: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private running = false;

  constructor(
    private readonly hub: Hub,
    private readonly listener: LinkListener,
    private readonly wait: (ms: number) => Promise<void> = (ms) => new Promise((done) => setTimeout(done, ms)),
    private readonly random: () => number = Math.random,
  ) {
    hub.on("snapshot", (message: Snapshot) => {
      this.joined();
      listener.snapshot(message);
    });
    hub.on("delta", (message: Delta) => listener.delta(message));
    hub.on("heartbeat", (message: Heartbeat) => listener.heartbeat(message));
    hub.onreconnecting(() => {
      this.joined();
      listener.state("lost");
    });
    hub.onreconnected(() => {
      listener.state("connected");
      this.join();
    });
    hub.onclose((error) => {
      this.joined();
      this.running = false;
      if (isRefusal(error)) listener.state("refused");
      else {
        listener.state("lost");
        void this.start();
      }
    });
  }

  /** Resolves when connected, or when the key was refused. SignalR's own reconnecting begins only after a first success; before it this loop does. */
  async start(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.attempt = 0;
    while (this.hub.state === HubConnectionState.Disconnected) {
      try {
        await this.hub.start();
        this.listener.state("connected");
        this.join();
        return;
      } catch (error) {
        if (isRefusal(error)) {
          this.running = false;
          this.listener.state("refused");
          return;
        }
        this.listener.state("lost");
        await this.wait(retryDelayMs(this.attempt++, this.random()));
      }
    }
  }

  /** Asks for a snapshot. While one is on its way, asking again does nothing: every delta of a gap would else ask for one more. */
  join(): void {
    if (this.joining !== undefined || this.hub.state !== HubConnectionState.Connected) return;
    this.joining = setTimeout(() => {
      this.joining = undefined;
      this.join();
    }, joinAgainMs);
    // A join that fails leaves the timer, which asks again.
    this.hub.invoke("Join", "fleet").catch(() => undefined);
  }

  /** Gives this connection up for another one; what waits on it is not heard. */
  reconnect(): void {
    // It closes, and so is begun again.
    void this.hub.stop();
  }

  private joined(): void {
    clearTimeout(this.joining);
    this.joining = undefined;
  }
}

/** SignalR tells the status of a failed negotiation only in its message. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && /status code '40[13]'/i.test(error.message);
}

export function connectHub(url: string, key: () => string): Hub {
  const hub = new HubConnectionBuilder()
    .withUrl(url, { accessTokenFactory: key })
    .withAutomaticReconnect({
      nextRetryDelayInMilliseconds: (retry) => (isRefusal(retry.retryReason) ? null : retryDelayMs(retry.previousRetryCount, Math.random())),
    })
    .configureLogging(LogLevel.None)
    .build();
  hub.serverTimeoutInMilliseconds = serverTimeoutMs;
  return hub;
}
