import type { Provider } from "./provider.ts";

/** The same provider with another `send`; everything else of it is its own, asked for when it is needed. */
export function withSend(provider: Provider, send: Provider["send"]): Provider {
  return new Proxy(provider, {
    get(target, name) {
      if (name === "send") return send;
      const value: unknown = Reflect.get(target, name, target);
      // Bound: a provider may be an object with private fields, which a proxy has not.
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
