import { feedLines } from "../wire/feed";
import type { BoardDocument } from "../wire/document";
import type { Change, Model } from "../wire/messages";
import { bandOf } from "./band";
import { byId, el, icon, KeyedList, setText } from "./dom";
import { GlidingList } from "./glidingList";
import { nameOf, stageOf } from "./risk";
import { alertWords, severityOf } from "./severity";
import { ago, withoutDomains } from "./words";

interface Line {
  readonly root: HTMLElement;
  readonly time: HTMLTimeElement;
  readonly at: number;
}

const noAccounts = "No account yet. Send the first usage event to POST /v1/track, and it stands here within milliseconds.";
const noChanges = "No change yet. Each stands here the moment it happens, with its cause.";

/** The live feed: what happened to which account, why, and how long ago. */
export class FeedView {
  private readonly box = byId("feed");
  private readonly empty = byId("feed-empty");
  private model: Model | null = null;

  private readonly lines = new GlidingList(
    this.box,
    new KeyedList<Change, Line>(
      this.box,
      (change) => change.id,
      (change) => makeLine(change, this.model as Model),
      () => undefined,
    ),
  );

  show(document: BoardDocument): void {
    // Names and risks may be other ones now.
    if (this.model?.version !== document.model.version) this.lines.restart();
    this.model = document.model;
    const shown = feedLines(document.feed);
    this.empty.hidden = shown.length > 0;
    setText(this.empty, document.fleet.accounts === 0 ? noAccounts : noChanges);
    this.lines.show(shown);
  }

  /** @param serverNow the server's clock, milliseconds of Unix time */
  tick(serverNow: number): void {
    this.lines.each((line) => setText(line.time, ago(Math.max(0, serverNow - line.at))));
  }
}

function makeLine(change: Change, model: Model): Line {
  const name = el("span", "line-name", change.name);
  name.title = change.name;
  const time = el("time", "line-time");
  time.dateTime = change.at;
  // Its ticking is not news.
  time.setAttribute("aria-hidden", "true");
  const { way, what, look } = moveOf(change, model);
  const top = el("p", "line-top", el("span", "line-way", icon(way === "alert" ? "bell" : way)), name, time);
  const root = el("li", `line risk-${look}`, top, ...what, causeOf(change, model));
  if (change.severity !== undefined) root.dataset["severity"] = severityOf(change.severity).look;
  root.dataset["change"] = change.id;
  root.dataset["account"] = change.account;
  root.dataset["type"] = change.type;
  root.dataset["way"] = way;
  return { root, time, at: Date.parse(change.at) };
}

interface Move {
  readonly way: "up" | "down" | "alert";
  readonly what: readonly HTMLElement[];
  readonly look: string;
}

function moveOf(change: Change, model: Model): Move {
  switch (change.type) {
    case "stage_changed":
      return stageMove(change, model);
    case "band_changed":
      return bandMove(change);
    case "alert_opened":
      return { way: "alert", what: [], look: "none" };
    default:
      return productMove(change);
  }
}

/** Only rises: what fell is a slip. */
function bandMove(change: Change): Move {
  const from = bandOf(change.from);
  const to = bandOf(change.to);
  const what = el(
    "p",
    "line-move",
    el("span", `stage-chip from risk-${from.look}`, icon(`risk-${from.look}`), el("span", "", from.word)),
    icon("to", "icon to"),
    el("span", "hidden", " rose to "),
    el("span", `stage-chip risk-${to.look}`, icon(`risk-${to.look}`), el("span", "", `${to.word} health`)),
  );
  return { way: "up", what: [what], look: to.look };
}

function stageMove(change: Change, model: Model): Move {
  const from = stageOf(model, change.from);
  const to = stageOf(model, change.to);
  const way = to.index >= from.index ? "up" : "down";
  const what = el(
    "p",
    "line-move",
    el("span", `stage-chip from risk-${from.risk.look}`, icon(`risk-${from.risk.look}`), el("span", "", from.name)),
    icon("to", "icon to"),
    el("span", "hidden", way === "up" ? " rose to " : " fell to "),
    el("span", `stage-chip risk-${to.risk.look}`, icon(`risk-${to.risk.look}`), el("span", "", to.name)),
  );
  return { way, what: [what], look: to.risk.look };
}

/** A product that moved no stage is told in the cause's line alone: it ranks below a stage. */
function productMove(change: Change): Move {
  return { way: change.type === "product_adopted" ? "up" : "down", what: [], look: "none" };
}

function causeOf(change: Change, model: Model): HTMLElement {
  const verb = change.type === "product_adopted" ? " adopted" : change.type === "product_lapsed" ? " lapsed" : "";
  const cause = el("p", "line-cause");
  if (change.alert !== undefined) cause.append(el("b", "", alertWords(change.alert)), " · ");
  else if (change.product !== null) cause.append(el("b", "", nameOf(model.products, change.product) + verb), " · ");
  cause.append(withoutDomains(change.cause));
  cause.title = change.cause;
  return cause;
}
