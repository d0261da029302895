/** What tests of counted calls start from. */
import { createPromptCompiler, memory, type PromptCompilerEvent, type Storage } from "../../src/index.ts";
import { scripted } from "../../src/scheduler/index.ts";
import { FakeClock } from "../fake-clock.ts";

export const request = { model: "m", messages: [{ role: "user", content: "When does the ferry leave?" }] };

/** A clock at ten in the morning, UTC, on a day in May. */
export function mayClock(day = "2026-05-02"): FakeClock {
  return new FakeClock(Date.parse(`${day}T10:00:00Z`));
}

interface Given {
  readonly storage?: Storage;
  readonly clock?: FakeClock;
  readonly stats?: { readonly ttlMs: number } | false;
}

/** A compiler whose one deployment says that it read 100 tokens, 40 of them cached, and wrote 7. */
export function countingCompiler({ clock = mayClock(), storage = memory({ clock }), stats }: Given = {}) {
  const events: PromptCompilerEvent[] = [];
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 7,
    total_tokens: 107,
    prompt_tokens_details: { cached_tokens: 40 },
  };
  const price = { inputPer1M: 1, cachedInputPer1M: 0.1, outputPer1M: 10 };
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider: scripted([{ says: "At nine.", usage }]), price }],
    storage,
    clock,
    onEvent: (event) => events.push(event),
    ...(stats !== undefined && { stats }),
  });
  return { compiler, clock, events, storage };
}
