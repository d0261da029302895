/** The fault matrix as the page `docs/scheduling-faults.md`; `npm run docs:faults` writes it. */

import { expected, type Fault, faults, type Mode, positions } from "./faults.ts";

const FOLLOWS: Readonly<Record<Fault["follow"], string>> = {
  next: "next deployment",
  ends: "the call ends",
  "in-band": "the stream ends with an error",
};

export function faultPage(): string {
  return `# What happens when an upstream fails

Three deployments of one model, asked in order. Each fault is made to happen at the first, the middle and the last of
them; those before it answer 500, those after it are well. The cells say how many upstream requests reached each of the
three, and what the caller saw. A status alone is the upstream's own answer, relayed; a code beside it is ours. The
seconds are the \`retry-after\` that the caller is given.

Written by \`npm run docs:faults\` from \`test/faults/matrix/faults.ts\`; \`test/faults/matrix\` makes every row happen on
real sockets and holds this page to them.

## Streamed

${table("streamed")}

## Not streamed

${table("whole")}
`;
}

function table(mode: Mode): string {
  const head = [
    "at the upstream",
    "kind",
    "what follows",
    ...positions.map((position) => `at the ${position}`),
  ];
  const rows = faults
    .filter((fault) => fault.mode === mode)
    .map((fault) => [
      fault.name,
      `\`${fault.kind}\``,
      FOLLOWS[fault.follow],
      ...positions.map((position) => {
        const { requests, seen, retryAfter } = expected(fault, position);
        return `${requests.join(" · ")} → ${seen}${retryAfter === undefined ? "" : `, ${retryAfter} s`}`;
      }),
    ]);
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
