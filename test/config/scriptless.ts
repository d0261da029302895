import type { Provider } from "../../src/scheduler/providers/provider.ts";

/** A provider that only stands somewhere: whoever calls it has gone too far. */
export const scriptless: Provider = {
  name: "scriptless",
  wires: ["chat", "embeddings"],
  send: () => Promise.reject(new Error("a test of options called a provider")),
};
