/**
 * How hard a model is to think, as each generation of models takes it: a budget of tokens within `max_tokens`, or an effort.
 *
 * Thinking is left out, and told so, where Anthropic would refuse it: where a tool is forced; where the budget has no room;
 * and, of models with a budget, in the middle of a turn whose earlier thinking is not known, since another model had it or it
 * is forgotten (defect 35).
 */
import type { Drop } from "../../drop.ts";
import type { WireBody } from "../../wire.ts";
import type { ClaudeModel } from "../claude-models.ts";
import { budgetOf, LEAST_BUDGET } from "../thinking-budget.ts";

export interface ThinkingPlan {
  readonly effort: string;
  readonly model: ClaudeModel;
  readonly maxTokens: number;
  readonly forcesTool: boolean;
  readonly thoughtIsLost: boolean;
}

const FIELD = "reasoning_effort";

/** The fields that say so. */
export function toThinking(plan: ThinkingPlan, drop: Drop): WireBody {
  const { effort, model, maxTokens, forcesTool, thoughtIsLost } = plan;
  if (model.thinking === "none") {
    if (effort !== "none") drop(FIELD);
    return {};
  }
  if (effort === "none") return { thinking: { type: "disabled" } };
  if (forcesTool) {
    drop(FIELD);
    return {};
  }
  if (model.thinking === "adaptive") {
    return {
      thinking: { type: "adaptive" },
      output_config: { effort: effort === "minimal" ? "low" : effort },
    };
  }
  const budget = Math.min(budgetOf(effort), maxTokens - 1);
  if (budget < LEAST_BUDGET || thoughtIsLost) {
    drop(FIELD);
    return {};
  }
  return { thinking: { type: "enabled", budget_tokens: budget } };
}
