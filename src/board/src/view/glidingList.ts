import { type KeyedList, setAttribute, setText } from "./dom";
import { flash, glide } from "./motion";
import { ago, freshMs } from "./words";

/** A keyed list whose rows glide to where a change has put them, and whose new rows flash; the first ones only stand there. */
export class GlidingList<Item, Row extends { readonly root: HTMLElement }> {
  private first = true;

  /** @param box the element that holds the list's rows */
  constructor(
    private readonly box: Element,
    private readonly rows: KeyedList<Item, Row>,
  ) {}

  show(items: readonly Item[]): void {
    const places = new Map<HTMLElement, DOMRect>();
    this.rows.each((row) => places.set(row.root, row.root.getBoundingClientRect()));
    const added = this.rows.show(items);
    if (!this.first && added.length > 0) {
      const roots: HTMLElement[] = [];
      this.rows.each((row) => roots.push(row.root));
      glide(this.box, roots, places);
      for (const row of added) flash(row.root);
    }
    this.first = false;
  }

  /** What is shown next is written anew, and nothing of it is news. */
  restart(): void {
    this.rows.show([]);
    this.first = true;
  }

  each(visit: (row: Row) => void): void {
    this.rows.each(visit);
  }
}

/** How long ago a row's moment was, and whether it still counts as fresh. @param serverNow the server's clock, milliseconds of Unix time */
export function tickAge(row: { readonly root: HTMLElement; readonly time: HTMLTimeElement; readonly at: number }, serverNow: number): void {
  const age = Math.max(0, serverNow - row.at);
  setText(row.time, ago(age));
  setAttribute(row.root, "data-fresh", String(age < freshMs));
}
