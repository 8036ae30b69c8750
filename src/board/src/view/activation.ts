import type { BoardDocument } from "../wire/document";
import { byId, setStyle, setText } from "./dom";

/** While a new model comes in partition by partition, the wall says so: its figures are of two models. */
export class ActivationView {
  private readonly bar = byId("activation");

  show({ fleet }: BoardDocument): void {
    const activation = fleet.activation;
    this.bar.hidden = activation === null;
    if (activation === null) return;
    const { partitions_done: done, partitions } = activation;
    setText(byId("activation-title"), `Model ${activation.model} is being activated`);
    setText(byId("activation-detail"), `${done} of ${partitions} partitions are through; until all are, the figures are of both models.`);
    setStyle(this.bar, "--part", String(partitions > 0 ? done / partitions : 0));
  }
}
