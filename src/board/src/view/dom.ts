/** The few pieces of DOM work that every part of the wall shares. Nothing is written that already stands there: so nothing flickers. */

export function byId<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found as unknown as T;
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}

const svgNames = "http://www.w3.org/2000/svg";

/** An icon of index.html's sprite. It is always beside words that say the same, hence hidden from readers. */
export function icon(symbol: string, className = "icon"): SVGSVGElement {
  const made = document.createElementNS(svgNames, "svg");
  made.setAttribute("class", className);
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(svgNames, "use");
  use.setAttribute("href", `#${symbol}`);
  made.append(use);
  return made;
}

export function setIcon(svg: Element, symbol: string): void {
  setAttribute(svg.firstElementChild as Element, "href", `#${symbol}`);
}

export function svgChild(tag: string, className: string): SVGElement {
  const made = document.createElementNS(svgNames, tag);
  made.setAttribute("class", className);
  return made;
}

export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

export function setStyle(target: HTMLElement | SVGElement, name: string, value: string): void {
  if (target.style.getPropertyValue(name) !== value) target.style.setProperty(name, value);
}

/** A list whose elements live as long as their key: order and content follow the items, untouched elements stay untouched. */
export class KeyedList<Item, Row extends { readonly root: Element }> {
  private rows = new Map<string, Row>();

  constructor(
    private readonly parent: Element,
    private readonly keyOf: (item: Item) => string,
    private readonly make: (item: Item) => Row,
    private readonly update: (row: Row, item: Item, index: number) => void,
  ) {}

  /** Returns the rows that are new. */
  show(items: readonly Item[]): readonly Row[] {
    const kept = new Map<string, Row>();
    const added: Row[] = [];
    let place: Element | null = this.parent.firstElementChild;
    items.forEach((item, index) => {
      const key = this.keyOf(item);
      if (kept.has(key)) return;
      let row = this.rows.get(key);
      if (row === undefined) {
        row = this.make(item);
        added.push(row);
      }
      this.update(row, item, index);
      kept.set(key, row);
    });
    for (const [key, row] of this.rows) {
      if (kept.has(key)) continue;
      if (place === row.root) place = row.root.nextElementSibling;
      row.root.remove();
    }
    for (const row of kept.values()) {
      if (row.root === place) place = place.nextElementSibling;
      else this.parent.insertBefore(row.root, place);
    }
    this.rows = kept;
    return added;
  }

  each(visit: (row: Row) => void): void {
    for (const row of this.rows.values()) visit(row);
  }
}
