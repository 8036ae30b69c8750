import { setText } from "./dom";

/** Motion says 'this just changed', is over in half a second, and is left out where the viewer's system asks for less of it. */
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export function motionAllowed(): boolean {
  return !calm.matches && document.visibilityState === "visible";
}

const countMs = 600;

/** A figure that runs to its new value. The first value stands at once. */
export class Figure {
  private shown: number | null = null;
  private target: number | null = null;
  private frame = 0;

  constructor(
    private readonly element: Element,
    private readonly format: (value: number) => string,
  ) {}

  show(value: number | null, none = "–"): void {
    this.element.classList.toggle("none", value === null);
    if (value === this.target && this.shown !== null) return;
    cancelAnimationFrame(this.frame);
    this.target = value;
    if (value === null || this.shown === null || !motionAllowed() || this.format(this.shown) === this.format(value)) {
      this.shown = value;
      setText(this.element, value === null ? none : this.format(value));
      return;
    }
    const from = this.shown;
    const start = performance.now();
    const step = (now: number): void => {
      const part = Math.min((now - start) / countMs, 1);
      const eased = 1 - (1 - part) ** 3;
      this.shown = part === 1 ? value : from + (value - from) * eased;
      setText(this.element, this.format(this.shown));
      if (part < 1) this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
}

/** Lights an element up once; its CSS fades it. */
export function flash(target: Element): void {
  if (!motionAllowed()) return;
  target.classList.remove("flash");
  void (target as HTMLElement).offsetWidth;
  target.classList.add("flash");
}

const lastGlides = new WeakMap<Element, number>();

/**
 * Lets the rows of a list glide to where a change has put them, and new ones come in from above. `places` holds where they were.
 * Rows that are not in view (they have wrapped out of the list's box) are left alone, and so is a list that changes faster than its rows could glide.
 */
export function glide(list: Element, rows: Iterable<HTMLElement>, places: ReadonlyMap<HTMLElement, DOMRect>): void {
  const last = lastGlides.get(list) ?? Number.NEGATIVE_INFINITY;
  lastGlides.set(list, performance.now());
  if (!motionAllowed() || performance.now() - last < 500) return;
  const box = list.getBoundingClientRect();
  for (const row of rows) {
    const now = row.getBoundingClientRect();
    if (now.left >= box.right || now.top >= box.bottom) continue;
    const was = places.get(row);
    if (was === undefined) {
      row.animate([{ opacity: 0, transform: "translateY(-1rem)" }, { opacity: 1, transform: "none" }], { duration: 420, easing: "cubic-bezier(.2,.8,.2,1)" });
    } else if (was.left === now.left && was.top !== now.top) {
      row.animate([{ transform: `translateY(${was.top - now.top}px)` }, { transform: "none" }], { duration: 380, easing: "cubic-bezier(.2,.8,.2,1)" });
    }
  }
}
