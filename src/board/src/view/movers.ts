import type { BoardDocument } from "../wire/document";
import type { Move } from "../wire/messages";
import { bandOf } from "./band";
import { byId, el, icon, KeyedList, setAttribute, setIcon, setText } from "./dom";
import { oneDecimal, signed } from "./words";

interface Row {
  readonly root: HTMLElement;
  readonly band: SVGSVGElement;
  readonly name: HTMLElement;
  readonly score: HTMLElement;
  readonly change: HTMLElement;
}

/** The scores that moved most in 24 hours and in 7 days: the falls, and the rises below them. */
export class MoversView {
  private readonly lists = (["day", "week"] as const).flatMap((span) =>
    (["down", "up"] as const).map((way) => ({ span, way, rows: new KeyedList<Move, Row>(byId(`movers-${span}-${way}`), (move) => move.id, makeRow, fillRow), empty: byId(`movers-${span}-${way}-empty`) })),
  );

  show({ movers, model }: BoardDocument): void {
    for (const { span, way, rows, empty } of this.lists) {
      const moves = movers[span][way];
      rows.show(moves);
      empty.hidden = moves.length > 0;
      setText(empty, model.health ? (way === "down" ? "No score fell." : "No score rose.") : "No health score.");
    }
  }
}

function makeRow(move: Move): Row {
  const band = icon("risk-unknown");
  const name = el("span", "mover-name");
  const score = el("span", "mover-score");
  const change = el("b", "mover-change");
  const root = el("li", "mover", band, name, score, change);
  root.dataset["account"] = move.id;
  return { root, band, name, score, change };
}

function fillRow(row: Row, move: Move): void {
  const band = bandOf(move.band);
  setAttribute(row.root, "class", `mover risk-${band.look}`);
  setAttribute(row.root, "title", `${move.name}: ${oneDecimal(move.score)} points, ${band.word.toLowerCase()}`);
  setIcon(row.band, `risk-${band.look}`);
  setText(row.name, move.name);
  setText(row.score, oneDecimal(move.score));
  setText(row.change, signed(move.change));
}
