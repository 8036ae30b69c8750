import type { BoardDocument } from "../wire/document";
import type { Mover, Stage } from "../wire/messages";
import { byId, el, icon, KeyedList, setAttribute, setIcon, setStyle, setText } from "./dom";
import { Figure, flash, glide } from "./motion";
import { riskOf, stageOf } from "./risk";
import { count, percent, sinceDay, widthInEms } from "./words";

interface Tile {
  readonly root: HTMLElement;
  readonly way: SVGSVGElement;
  readonly name: HTMLElement;
  readonly note: HTMLElement;
}

interface Column {
  readonly root: HTMLElement;
  readonly riskIcon: SVGSVGElement;
  readonly risk: HTMLElement;
  readonly name: HTMLElement;
  readonly count: Figure;
  readonly share: HTMLElement;
  readonly box: HTMLElement;
  readonly tiles: KeyedList<Mover, Tile>;
  shownCount: number | null;
}

/** The fleet by stage: the spectrum over all accounts, and a column a stage with its count and the latest to arrive. */
export class StagesView {
  private document: BoardDocument | null = null;

  private readonly spectrum = new KeyedList<Stage, { readonly root: HTMLElement }>(
    byId("spectrum"),
    (stage) => stage.id,
    () => ({ root: el("i") }),
    ({ root }, stage) => {
      setAttribute(root, "class", `risk-${this.riskLook(stage.id)}`);
      setStyle(root, "flex-grow", String(stage.count));
    },
  );

  private readonly columns = new KeyedList<Stage, Column>(byId("columns"), (stage) => stage.id, makeColumn, (column, stage) => this.fill(column, stage));

  show(document: BoardDocument): void {
    this.document = document;
    setStyle(byId("columns"), "--stages", String(document.stages.length));
    setStyle(byId("columns"), "--count-ems", String(Math.max(...document.stages.map((stage) => widthInEms(count(stage.count))), 1.5)));
    this.spectrum.show(document.stages);
    this.columns.show(document.stages);
  }

  private riskLook(stage: string): string {
    return this.document === null ? "unknown" : stageOf(this.document.model, stage).risk.look;
  }

  private fill(column: Column, stage: Stage): void {
    const document = this.document;
    if (document === null) return;
    const model = document.model.stages.find((entry) => entry.id === stage.id);
    const risk = riskOf(model?.churn_risk ?? "unknown");
    setAttribute(column.root, "class", `column risk-${risk.look}`);
    setAttribute(column.root, "data-stage", stage.id);
    setAttribute(column.root, "data-count", String(stage.count));
    setIcon(column.riskIcon, `risk-${risk.look}`);
    setText(column.risk, risk.words);
    setText(column.name, model?.name ?? stage.id);
    setAttribute(column.name, "title", model?.action ?? "");
    column.count.show(stage.count);
    setText(column.share, percent(stage.count, document.fleet.accounts));
    if (column.shownCount !== null && column.shownCount !== stage.count) flash(column.root);
    column.shownCount = stage.count;
    this.fillTiles(column, stage, document);
  }

  private fillTiles(column: Column, stage: Stage, document: BoardDocument): void {
    const places = new Map<HTMLElement, DOMRect>();
    column.tiles.each((tile) => places.set(tile.root, tile.root.getBoundingClientRect()));
    const added = column.tiles.show(stage.accounts);
    column.tiles.each((tile) => {
      const mover = stage.accounts.find((entry) => entry.id === tile.root.dataset["account"]);
      if (mover !== undefined) fillTile(tile, mover, stage, document);
    });
    if (places.size > 0 && added.length > 0) {
      const rows: HTMLElement[] = [];
      column.tiles.each((tile) => rows.push(tile.root));
      glide(column.box, rows, places);
      for (const tile of added) flash(tile.root);
    }
  }
}

function makeColumn(stage: Stage): Column {
  const riskIcon = icon("risk-unknown");
  const risk = el("span");
  const name = el("h3", "stage-name");
  const number = el("span", "stage-count");
  const share = el("span", "stage-share");
  const box = el("ul", "tiles");
  name.id = `stage-${stage.id}`;
  const root = el("section", "column", el("p", "stage-risk", riskIcon, risk), name, el("p", "stage-figures", number, share), box);
  root.setAttribute("aria-labelledby", name.id);
  box.setAttribute("aria-label", "Latest to arrive");
  return { root, riskIcon, risk, name, count: new Figure(number, count), share, box, tiles: new KeyedList<Mover, Tile>(box, (mover) => mover.id, makeTile, () => undefined), shownCount: null };
}

function makeTile(mover: Mover): Tile {
  const way = icon("up", "icon way");
  const name = el("span", "tile-name");
  const note = el("span", "tile-note");
  const root = el("li", "tile", name, el("span", "tile-top", way, note));
  root.dataset["account"] = mover.id;
  return { root, way, name, note };
}

/** The feed, where it still has the move, tells from which side the account came. */
function fillTile(tile: Tile, mover: Mover, stage: Stage, document: BoardDocument): void {
  const move = document.feed.find((change) => change.account === mover.id && change.type === "stage_changed");
  const from = move?.to === stage.id ? stageOf(document.model, move.from).index : -1;
  const here = stageOf(document.model, stage.id).index;
  const way = from < 0 ? "none" : from < here ? "up" : "down";
  setAttribute(tile.root, "data-way", way);
  if (way !== "none") setIcon(tile.way, way);
  setText(tile.name, mover.name);
  setAttribute(tile.name, "title", mover.name);
  const segment = document.model.segments.find((entry) => entry.id === mover.segment);
  const since = sinceDay(mover.since, document.fleet.day);
  setText(tile.note, segment === undefined || segment.id === "unknown" ? since : `${since} · ${segment.name}`);
}
