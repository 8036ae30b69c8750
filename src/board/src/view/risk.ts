import type { Model } from "../wire/messages";

/** How a churn risk looks: a colour, a shape and words, so that none of them stands alone. */
export interface Risk {
  /** One of the sprite's shapes and of the style sheet's colours. */
  readonly look: "unknown" | "high" | "medium" | "low" | "lowest";
  readonly words: string;
}

const known: Readonly<Record<string, Risk>> = {
  unknown: { look: "unknown", words: "Risk unknown" },
  high: { look: "high", words: "High churn risk" },
  medium: { look: "medium", words: "Medium churn risk" },
  low: { look: "low", words: "Low churn risk" },
  lowest: { look: "lowest", words: "Lowest churn risk" },
};

/** A model's own word keeps its word and looks like 'unknown'. */
export function riskOf(churnRisk: string): Risk {
  return known[churnRisk] ?? { look: "unknown", words: `Churn risk: ${churnRisk}` };
}

/** A stage's place, name and risk by its id. A stage that the model no longer has keeps its id as its name. */
export function stageOf(model: Model, id: string | null): { readonly index: number; readonly name: string; readonly risk: Risk } {
  const index = model.stages.findIndex((stage) => stage.id === id);
  const stage = model.stages[index];
  return stage === undefined ? { index, name: id ?? "–", risk: riskOf("unknown") } : { index, name: stage.name, risk: riskOf(stage.churn_risk) };
}

export function nameOf(list: readonly { readonly id: string; readonly name: string }[], id: string | null): string {
  return list.find((entry) => entry.id === id)?.name ?? id ?? "";
}
