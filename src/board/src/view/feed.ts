import { feedLines } from "../wire/feed";
import type { BoardDocument } from "../wire/document";
import type { Change, Model } from "../wire/messages";
import { byId, el, icon, KeyedList, setText } from "./dom";
import { flash, glide } from "./motion";
import { nameOf, stageOf } from "./risk";
import { ago } from "./words";

interface Line {
  readonly root: HTMLElement;
  readonly time: HTMLTimeElement;
  readonly at: number;
}

/** The live feed: what happened to which account, why, and how long ago. */
export class FeedView {
  private readonly box = byId("feed");
  private readonly empty = byId("feed-empty");
  private model: Model | null = null;
  private first = true;

  private readonly lines = new KeyedList<Change, Line>(
    this.box,
    (change) => change.id,
    (change) => makeLine(change, this.model as Model),
    () => undefined,
  );

  show(document: BoardDocument): void {
    if (this.model?.version !== document.model.version) {
      // Names and risks may be other ones now: every line is written anew.
      this.lines.show([]);
      this.first = true;
    }
    this.model = document.model;
    const box = this.box.getBoundingClientRect();
    const places = new Map<HTMLElement, DOMRect>();
    this.lines.each((line) => places.set(line.root, line.root.getBoundingClientRect()));
    const shown = feedLines(document.feed);
    const added = this.lines.show(shown);
    this.empty.hidden = shown.length > 0;
    if (!this.first && added.length > 0) {
      const rows: HTMLElement[] = [];
      this.lines.each((line) => rows.push(line.root));
      glide(rows, places, box);
      for (const line of added) flash(line.root);
    }
    this.first = false;
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
  const { way, what, look } = change.type === "stage_changed" ? stageMove(change, model) : productMove(change, model);
  const root = el("li", `line risk-${look}`, el("span", "line-way", icon(way)), el("div", "line-body", el("p", "line-top", name, time), what, causeOf(change, model)));
  root.dataset["change"] = change.id;
  root.dataset["account"] = change.account;
  root.dataset["type"] = change.type;
  root.dataset["way"] = way;
  return { root, time, at: Date.parse(change.at) };
}

interface Move {
  readonly way: "up" | "down";
  readonly what: HTMLElement;
  readonly look: string;
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
  return { way, what, look: to.risk.look };
}

function productMove(change: Change, model: Model): Move {
  const adopted = change.type === "product_adopted";
  const what = el("p", "line-move", el("span", "stage-chip", el("span", "", `${nameOf(model.products, change.product)} ${adopted ? "adopted" : "lapsed"}`)));
  return { way: adopted ? "up" : "down", what, look: "none" };
}

function causeOf(change: Change, model: Model): HTMLElement {
  const product = change.type === "stage_changed" && change.product !== null ? nameOf(model.products, change.product) : "";
  const cause = el("p", "line-cause");
  if (product !== "") cause.append(el("b", "", product), " · ");
  cause.append(change.cause);
  cause.title = change.cause;
  return cause;
}
