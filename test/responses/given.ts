import type { CallContext } from "../../src/chat.ts";
import {
  createPromptCompiler,
  memory,
  type PromptCompilerEvent,
  type PromptCompilerOptions,
} from "../../src/index.ts";
import type { ResponseObject } from "../../src/responses/responses.ts";
import { scripted } from "../../src/scheduler/index.ts";
import { decodeText } from "../../src/wires/read.ts";
import { FakeClock } from "../fake-clock.ts";

/** A compiler with one deployment, "m", that speaks chat, and answers "one", "two", "three". */
export function givenCompiler(options: PromptCompilerOptions = {}) {
  const clock = new FakeClock();
  const provider = scripted(["one", "two", "three"], { wires: ["chat"], clock });
  const events: PromptCompilerEvent[] = [];
  const compiler = createPromptCompiler({
    deployments: [{ id: "a", model: "m", provider }],
    storage: memory({ clock }),
    clock,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  /** One response, whole. */
  const respond = async (body: object, call: CallContext = {}): Promise<ResponseObject> => {
    const { reply } = await compiler.dispatch({ wire: "responses", body: { model: "m", ...body } }, call);
    return JSON.parse(decodeText(reply.body ?? new Uint8Array()));
  };
  /** What the upstream was asked last. */
  const asked = (): unknown => provider.attempts.at(-1)?.body["messages"];
  return { compiler, clock, events, respond, asked };
}
