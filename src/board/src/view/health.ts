import type { BoardDocument } from "../wire/document";
import type { Bands } from "../wire/messages";
import { byId, setAttribute, setStyle, setText } from "./dom";
import { Figure, flash } from "./motion";
import { count, none, percent, widthInEms } from "./words";

const bandIds = ["red", "yellow", "green", "unknown"] as const;

/** Accounts by band of health: the red ones as large as anything on the wall, and the share of each. */
export class HealthView {
  private readonly figures = new Map(bandIds.map((band) => [band, new Figure(byId(`band-${band}`), count)]));
  private readonly box = byId("bands");
  private shown: Bands | null = null;

  show({ bands, fleet, model }: BoardDocument): void {
    for (const band of bandIds) {
      const box = byId(`band-${band}-box`);
      this.figures.get(band)?.show(model.health ? bands[band] : null, none);
      setAttribute(box, "data-count", String(bands[band]));
      setStyle(byId(`band-${band}-part`), "flex-grow", String(model.health ? bands[band] : 0));
    }
    setStyle(this.box, "--red-ems", String(Math.max(widthInEms(count(bands.red)), 1)));
    setStyle(this.box, "--count-ems", String(Math.max(...bandIds.map((band) => widthInEms(count(bands[band]))), 1.5)));
    setText(byId("health-note"), noteOf(model.health, bands, fleet.accounts));
    if (this.shown !== null && this.shown.red !== bands.red) flash(byId("band-red-box"));
    this.shown = bands;
  }
}

function noteOf(health: boolean, bands: Bands, accounts: number): string {
  if (!health) return "This model has no health score.";
  if (accounts === 0) return "No account yet.";
  return bands.red === 0 ? "No account is red." : `${percent(bands.red, accounts)} of ${count(accounts)} accounts are red`;
}
