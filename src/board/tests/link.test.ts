import { HubConnectionState } from "@microsoft/signalr";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { BoardLink, isRefusal, type Hub } from "../src/link/link";
import type { LinkState } from "../src/link/standing";
import { snapshot } from "./documents";

/** A hub connection that does what the test says: starts as often as `failures` lets it, and records what was invoked. */
class ScriptedHub implements Hub {
  state = HubConnectionState.Disconnected;
  failures: Error[] = [];
  invoked: string[] = [];
  starts = 0;
  private handlers = new Map<string, (message: unknown) => void>();
  private closed: (error?: Error) => void = () => undefined;
  private reconnecting: (error?: Error) => void = () => undefined;
  private reconnected: (id?: string) => void = () => undefined;

  async start(): Promise<void> {
    this.starts++;
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.state = HubConnectionState.Connected;
  }
  async stop(): Promise<void> {
    this.close();
  }
  on(name: string, handler: (message: never) => void): void {
    this.handlers.set(name, handler as (message: unknown) => void);
  }
  async invoke<T>(method: string, ...args: unknown[]): Promise<T> {
    this.invoked.push(`${method}(${args.join()})`);
    return undefined as T;
  }
  onclose(callback: (error?: Error) => void): void {
    this.closed = callback;
  }
  onreconnecting(callback: (error?: Error) => void): void {
    this.reconnecting = callback;
  }
  onreconnected(callback: (id?: string) => void): void {
    this.reconnected = callback;
  }

  say(name: string, message: unknown): void {
    this.handlers.get(name)?.(message);
  }
  lose(): void {
    this.state = HubConnectionState.Reconnecting;
    this.reconnecting();
  }
  recover(): void {
    this.state = HubConnectionState.Connected;
    this.reconnected();
  }
  close(error?: Error): void {
    this.state = HubConnectionState.Disconnected;
    this.closed(error);
  }
}

const unauthorized = new Error("Failed to complete negotiation with the server: Error: Unauthorized: Status code '401'");

function link(hub: ScriptedHub): { link: BoardLink; states: LinkState[]; waits: number[] } {
  const states: LinkState[] = [];
  const waits: number[] = [];
  const listener = { state: (state: LinkState) => states.push(state), snapshot: () => undefined, delta: () => undefined, heartbeat: () => undefined };
  return { link: new BoardLink(hub, listener, async (ms) => void waits.push(ms), () => 0.5), states, waits };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("A link that is to reconnect gives its connection up, and joins over another one", async () => {
  const hub = new ScriptedHub();
  const { link: line, states } = link(hub);
  await line.start();
  line.reconnect();
  await vi.waitFor(() => expect(hub.starts).toBe(2));
  await vi.waitFor(() => expect(hub.invoked.length).toBe(2));
  expect(states).toEqual(["connected", "lost", "connected"]);
});

test("A link joins the fleet as soon as it is connected", async () => {
  const hub = new ScriptedHub();
  await link(hub).link.start();
  expect(hub.invoked).toEqual(["Join(fleet)"]);
});

test("A server that is not there yet is tried again and again, with growing waits", async () => {
  const hub = new ScriptedHub();
  hub.failures = Array.from({ length: 30 }, () => new Error("fetch failed"));
  const { link: made, states, waits } = link(hub);
  await made.start();
  expect(hub.starts).toBe(31);
  expect(waits).toHaveLength(30);
  expect(waits.at(-1)).toBe(5000);
  expect(states.at(-1)).toBe("connected");
});

test("Joining while a join is on its way asks only once, and again when no snapshot comes", async () => {
  const hub = new ScriptedHub();
  const { link: made } = link(hub);
  await made.start();
  made.join();
  made.join();
  expect(hub.invoked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(hub.invoked).toHaveLength(2);
  hub.say("snapshot", snapshot("e:1"));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(hub.invoked).toHaveLength(2);
  made.join();
  expect(hub.invoked).toHaveLength(3);
});

test("A reconnected link joins again, even where the join before was never answered", async () => {
  const hub = new ScriptedHub();
  const { link: made, states } = link(hub);
  await made.start();
  hub.lose();
  hub.recover();
  expect(states).toEqual(["connected", "lost", "connected"]);
  expect(hub.invoked).toHaveLength(2);
});

test("A closed link starts again by itself", async () => {
  const hub = new ScriptedHub();
  const { link: made, states } = link(hub);
  await made.start();
  hub.close(new Error("Server returned an error on close"));
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual(["connected", "lost", "connected"]);
  expect(hub.starts).toBe(2);
});

test("A refused key stops the tries until another key is given", async () => {
  const hub = new ScriptedHub();
  hub.failures = [unauthorized];
  const { link: made, states, waits } = link(hub);
  await made.start();
  expect(states).toEqual(["refused"]);
  expect(waits).toEqual([]);
  await made.start();
  expect(states).toEqual(["refused", "connected"]);
});

test("A key that is refused on the way back, as after a restart with other keys, asks for one", async () => {
  const hub = new ScriptedHub();
  const { link: made, states } = link(hub);
  await made.start();
  hub.failures = [unauthorized];
  hub.close();
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual(["connected", "lost", "refused"]);
});

test("Only 401 and 403 are refusals", () => {
  expect([unauthorized, new Error("x: Status code '403'"), new Error("x: Status code '503'"), "401", undefined].map(isRefusal)).toEqual([true, true, false, false, false]);
});
