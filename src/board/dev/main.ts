import "@fontsource-variable/archivo/wdth.css";
import "../src/board.css";
import { Wall } from "../src/wall";
import { MadeUpFleet } from "./fleet";

/**
 * Scenes: live; burst (ten changes a second); quiet; calm (nobody ails); storm; activation; empty; one (a single account); long (long names); big (200,000 events a second);
 * lost (the line breaks after `at` seconds); stale (heartbeats stop then); catching_up; late (all comes late from 3 s on); refused; connecting.
 */
const query = new URLSearchParams(location.search);
const scene = query.get("scene") ?? "live";
const breaksAt = Number(query.get("at") ?? "8") * 1000;
const size = scene === "empty" ? 0 : scene === "one" ? 1 : scene === "big" ? 48_213 : Number(query.get("size") ?? "412");

const fleet = new MadeUpFleet(size, 7, scene === "long", scene === "calm");
if (scene === "storm" || scene === "long") fleet.health.storm();
if (scene === "activation") fleet.activation = { model: "2026-12", partitions_done: 12, partitions: 64, stuck: null };
if (scene === "stuck") {
  const stuck = { partitions: 1, first: 7, since: "2026-11-22T02:13:05.000Z", reason: "Partition 7: the segment at 81231 is damaged." };
  fleet.activation = { model: "2026-12", partitions_done: 63, partitions: 64, stuck };
}
if (size > 1 && size < 10_000) for (let i = 40; i > 0; i--) fleet.move(Date.now() - i * i * 900);

const wall = new Wall({ join: () => wall.snapshot(fleet.snapshot()), reconnect: () => undefined, hasKey: () => false, useKey: () => location.reload() });
const started = performance.now();
const cut = (): boolean => (scene === "lost" || scene === "stale") && performance.now() - started > breaksAt;

if (scene === "refused") wall.state("refused");
else if (scene !== "connecting") {
  wall.state("connected");
  wall.snapshot(fleet.snapshot());
  beat();
  if (size > 1 && scene !== "quiet") move();
}
if (scene === "lost") setTimeout(() => wall.state("lost"), breaksAt);

function beat(): void {
  if (cut()) return;
  const second = Math.floor((performance.now() - started) / 1000);
  const busy = scene === "big" ? 180_000 : 180;
  const silent = scene === "empty" || (scene === "quiet" && second > 3);
  const perSecond = silent ? 0 : busy * (1 + 0.35 * Math.sin(second / 9) + 0.3 * fleet.random());
  wall.heartbeat(fleet.heartbeat(Math.round(perSecond * 10) / 10, scene !== "catching_up", scene === "late" && second > 3 ? 12_400 : 0));
  setTimeout(beat, 1000);
}

function move(): void {
  if (cut()) return;
  wall.delta(fleet.random() < 0.25 && scene !== "calm" && size > 1 ? fleet.ail(Date.now() - 3) : fleet.move(Date.now() - 3));
  setTimeout(move, scene === "burst" ? 100 : 1200 + fleet.random() * 4500);
}
