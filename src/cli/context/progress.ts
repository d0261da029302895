import type { Terminal } from "../command.ts";

const WIDTH = 24;

/** Shows how many items are done, and a bar where it is known how much of all that is. */
export function progressOf(
  { showProgress }: Pick<Terminal, "showProgress">,
  what: string,
  share?: () => number,
): { readonly onProgress: (items: number) => void } {
  return {
    onProgress: (items) => {
      const bar = share === undefined ? "" : ` ${barOf(share())}`;
      showProgress(`${what}${bar} ${items.toLocaleString("en")} items`);
    },
  };
}

/** @param share - from 0 to 1 */
function barOf(share: number): string {
  const done = Math.round(share * WIDTH);
  const percent = String(Math.round(share * 100)).padStart(3);
  return `[${"#".repeat(done)}${"-".repeat(WIDTH - done)}] ${percent} %`;
}
