import type { BoardDocument } from "../wire/document";
import { byId, setText } from "./dom";
import { Figure } from "./motion";
import { average, count, longDay, none, percent } from "./words";

/** The fleet's counters. */
export class FleetView {
  private readonly accounts = new Figure(byId("accounts"), count);
  private readonly average = new Figure(byId("average"), (value) => average(value));
  private readonly churned = new Figure(byId("churned"), count);

  show({ fleet, model }: BoardDocument): void {
    this.accounts.show(fleet.accounts);
    this.average.show(fleet.average_products, none);
    this.churned.show(fleet.churned);
    setText(byId("rate"), percent(fleet.adopted_products, fleet.entitled_products));
    // One or the other: the line has its room and no more.
    setText(byId("dateline"), `${longDay(fleet.day)} · ${fleet.rebuilding > 0 ? `${count(fleet.rebuilding)} rebuilding` : `model ${model.version}`}`);
  }
}
