import type { BoardDocument } from "../wire/document";
import { byId, setAttribute, setStyle, setText } from "./dom";
import { stuckWords } from "./words";

/** While a new model comes in partition by partition, the wall says so: its figures are of two models. */
export class ActivationView {
  private readonly bar = byId("activation");

  show({ fleet }: BoardDocument): void {
    const activation = fleet.activation;
    this.bar.hidden = activation === null;
    if (activation === null) return;
    const { partitions_done: done, partitions } = activation;
    const stuck = activation.stuck;
    setAttribute(this.bar, "data-stuck", String(stuck !== null));
    setText(byId("activation-title"), stuck === null ? `Model ${activation.model} is being activated` : `The activation of model ${activation.model} is stuck`);
    setText(byId("activation-detail"), `${stuck === null ? "" : stuckWords(stuck)}${done} of ${partitions} partitions are through; until all are, the figures are of both models.`);
    setStyle(this.bar, "--part", String(partitions > 0 ? done / partitions : 0));
  }
}
