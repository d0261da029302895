import { memory } from "../../src/storage/memory.ts";
import { describeStorage } from "../contracts/storage.ts";
import { FakeClock } from "../fake-clock.ts";

describeStorage("memory", {
  create: async () => {
    const clock = new FakeClock();
    const storage = memory({ clock });
    return {
      storage,
      advance: (ms) => clock.advance(ms),
      isOpen: () => false,
      kept: async () => {
        let count = 0;
        for await (const _ of storage.range({ start: "", end: "\u{10ffff}" })) count += 1;
        return count;
      },
      dispose: async () => {},
    };
  },
  skip: {
    S18: "nothing stays when the process ends",
    S20: "what it keeps is not to be seen from outside",
  },
});
