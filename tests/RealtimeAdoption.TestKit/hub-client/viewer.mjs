// A board viewer on the command line, for the hub's tests: the real SignalR client, following docs/board-wire.md.
//
//   node viewer.mjs URL [KEY]
//
// It writes one JSON object a line: what came ("snapshot", "delta", "heartbeat"), what it did ("connected", "reconnected", "joined", "gap", "losing", "refused"), and
// its document after "document". It reads commands, one a line: "join VIEW", "lose" (the next delta is lost on the way), "document", "stop".
import { createInterface } from "node:readline";
import { HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const FEED_LENGTH = 50;
const SLIPS_LENGTH = 20;
const WHOLE = ["fleet", "bands", "alert_counts", "alerts", "movers"];
const [url, key] = process.argv.slice(2);
let board = null;
let loseNext = false;
let rejoining = false;

const tell = (what, more = {}) => process.stdout.write(`${JSON.stringify({ what, ...more })}\n`);

const connection = new HubConnectionBuilder()
  .withUrl(url, key ? { accessTokenFactory: () => key } : {})
  .withAutomaticReconnect({ nextRetryDelayInMilliseconds: () => 100 })
  .configureLogging(LogLevel.None)
  .build();

async function join(view) {
  try {
    await connection.invoke("Join", view);
    tell("joined", { view });
  } catch (error) {
    tell("refused", { message: String(error.message ?? error) });
  }
}

async function gap(reason) {
  if (rejoining) return;
  rejoining = true;
  tell("gap", { reason });
  await join("fleet");
}

function replace(list, changed) {
  for (const entry of changed ?? []) {
    const place = list.findIndex((one) => one.id === entry.id);
    if (place < 0) throw new Error(`The delta has ${entry.id}, which is not on the board.`);
    list[place] = entry;
  }
}

function apply(delta) {
  for (const section of WHOLE) if (delta[section]) board[section] = delta[section];
  if (delta.model) {
    const { model, stages, products, segments } = delta;
    Object.assign(board, { model, stages, products, segments });
  } else {
    replace(board.stages, delta.stages);
    replace(board.products, delta.products);
    replace(board.segments, delta.segments);
  }
  board.slips = [...(delta.slips_added ?? []), ...board.slips].slice(0, SLIPS_LENGTH);
  board.feed = [...(delta.feed_added ?? []), ...board.feed].slice(0, FEED_LENGTH);
  board.version = delta.to;
}

connection.on("snapshot", (snapshot) => {
  rejoining = false;
  board = snapshot;
  tell("snapshot", { version: snapshot.version, fleet: snapshot.fleet });
});

connection.on("delta", (delta) => {
  if (loseNext) {
    loseNext = false;
    tell("lost", { version: delta.to });
    return;
  }
  if (delta.from !== board?.version) {
    gap(`delta from ${delta.from}, have ${board?.version}`);
    return;
  }
  apply(delta);
  tell("delta", { version: delta.to, delta });
});

connection.on("heartbeat", (heartbeat) => {
  tell("heartbeat", { heartbeat });
  if (board && heartbeat.version !== board.version) gap(`heartbeat at ${heartbeat.version}, have ${board.version}`);
});

connection.onreconnecting(() => tell("disconnected"));
connection.onreconnected(() => {
  tell("reconnected");
  rejoining = true;
  join("fleet");
});
connection.onclose(() => {
  tell("closed");
  process.exit(0);
});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [command, argument] = line.split(" ");
    if (command === "join") join(argument);
    else if (command === "lose") {
      loseNext = true;
      tell("losing");
    }
    else if (command === "document") tell("document", { document: board });
    else if (command === "stop") connection.stop();
  })
  .on("close", () => process.exit(0));

await connection.start();
tell("connected");
