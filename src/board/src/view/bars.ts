import type { BoardDocument } from "../wire/document";
import type { Product, Segment } from "../wire/messages";
import { byId, el, icon, KeyedList, setAttribute, setIcon, setStyle, setText } from "./dom";
import { nameOf } from "./risk";
import { average, count, none, oneDecimal, percent } from "./words";

interface SegmentRow {
  readonly root: HTMLElement;
  readonly name: HTMLElement;
  readonly accounts: HTMLElement;
  readonly bar: HTMLElement;
  readonly value: HTMLElement;
  readonly wayIcon: SVGSVGElement;
  readonly versus: HTMLElement;
}

/** Average adopted products of each segment, beside the benchmark that the field publishes. The bar's whole length is all the model's products. */
export class SegmentsView {
  private document: BoardDocument | null = null;

  private readonly rows = new KeyedList<Segment, SegmentRow>(byId("segments"), (segment) => segment.id, makeSegment, (row, segment) => {
    if (this.document !== null) fillSegment(row, segment, this.document);
  });

  show(document: BoardDocument): void {
    this.document = document;
    // An empty 'unknown' says nothing; a model's own segment stands even when nobody is in it.
    this.rows.show(document.segments.filter((segment) => segment.id !== "unknown" || segment.accounts > 0));
  }
}

function makeSegment(): SegmentRow {
  const name = el("span", "row-name");
  const accounts = el("span", "row-sub");
  const bar = el("span", "bar", el("i", "bar-fill"), el("i", "bar-mark"));
  const value = el("span", "row-value");
  const wayIcon = icon("up");
  const versus = el("span");
  const root = el("li", "row", el("p", "row-top", name, accounts, el("span", "row-versus", wayIcon, versus), value), bar);
  return { root, name, accounts, bar, value, wayIcon, versus };
}

function fillSegment(row: SegmentRow, segment: Segment, document: BoardDocument): void {
  const model = document.model.segments.find((entry) => entry.id === segment.id);
  const benchmark = model?.benchmark_products ?? null;
  const all = Math.max(document.model.products.length, 1);
  const have = segment.average_products;
  setAttribute(row.root, "data-segment", segment.id);
  setText(row.name, model?.name ?? segment.id);
  setText(row.accounts, segment.accounts === 1 ? "1 account" : `${count(segment.accounts)} accounts`);
  setText(row.value, average(have));
  setStyle(row.bar, "--part", String(Math.min((have ?? 0) / all, 1)));
  setStyle(row.bar, "--mark", String(Math.min((benchmark ?? 0) / all, 1)));
  setAttribute(row.bar, "data-mark", benchmark === null ? "none" : "some");
  const gap = have === null || benchmark === null ? null : have - benchmark;
  const way = gap === null || Math.abs(gap) < 0.05 ? "level" : gap > 0 ? "up" : "down";
  setAttribute(row.root, "data-way", way);
  if (way !== "level") setIcon(row.wayIcon, way);
  setText(row.versus, benchmark === null ? "no benchmark" : gap === null ? `of ${oneDecimal(benchmark)}` : versusText(gap, benchmark));
}

function versusText(gap: number, benchmark: number): string {
  if (Math.abs(gap) < 0.05) return `on ${oneDecimal(benchmark)}`;
  return `${oneDecimal(Math.abs(gap))} ${gap > 0 ? "over" : "under"} ${oneDecimal(benchmark)}`;
}

interface ProductRow {
  readonly root: HTMLElement;
  readonly name: HTMLElement;
  readonly bar: HTMLElement;
  readonly value: HTMLElement;
  readonly of: HTMLElement;
}

/** How many of the accounts entitled to a product have adopted it. */
export class ProductsView {
  private document: BoardDocument | null = null;

  private readonly rows = new KeyedList<Product, ProductRow>(
    byId("products"),
    (product) => product.id,
    () => {
      const name = el("span", "row-name");
      const bar = el("span", "bar", el("i", "bar-fill"));
      const value = el("span", "row-value");
      const of = el("span", "row-sub");
      return { root: el("li", "row", el("p", "row-top", name, el("span", "row-versus", of), value), bar), name, bar, value, of };
    },
    (row, product) => {
      setAttribute(row.root, "data-product", product.id);
      setText(row.name, nameOf(this.document?.model.products ?? [], product.id));
      setText(row.value, percent(product.adopted, product.entitled));
      setText(row.of, product.entitled > 0 ? `${count(product.adopted)} of ${count(product.entitled)}` : none);
      setStyle(row.bar, "--part", String(product.entitled > 0 ? product.adopted / product.entitled : 0));
    },
  );

  show(document: BoardDocument): void {
    this.document = document;
    this.rows.show(document.products);
  }
}
