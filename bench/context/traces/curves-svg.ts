import type { CostCurve, CostCurves } from "./curves.ts";

const WIDTH = 760;
const PANEL_HEIGHT = 250;
const TOP = 92;
const LEFT = 56;
const PLOT_WIDTH = 500;
const PLOT_HEIGHT = 170;

/** The cost index at the upper edge; what costs more is drawn there. */
const MOST = 200;

/** Of labels at the right, from line to line. */
const LABEL_STEP = 15;

/** Curves of session after session as an SVG of its own, in light and dark. */
export function toSvg(figures: readonly CostCurves[]): string {
  const height = TOP + figures.length * PANEL_HEIGHT + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12" role="img" aria-labelledby="title description">`,
    '  <title id="title">What agents\' sessions cost as they grow, for each way of sending them</title>',
    `  <desc id="description">${escapeXml(figures.map(describe).join(" "))}</desc>`,
    "  <style>",
    "    .paper { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #59636e; } .grid { stroke: #d1d9e0; } .curve { fill: none; stroke-width: 1.5; } .even { stroke-dasharray: 2 3; } .ours { stroke-width: 3; } .name-ours { font-weight: 600; }",
    `    ${palette("light")}`,
    "    @media (prefers-color-scheme: dark) { .paper { fill: #0d1117; } .ink { fill: #f0f6fc; } .soft { fill: #9198a1; } .grid { stroke: #3d444d; }",
    `      ${palette("dark")} }`,
    "  </style>",
    `  <rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>`,
    '  <text class="ink" x="24" y="34" font-size="16" font-weight="600">Input cost of all calls so far, sending everything being 100</text>',
    '  <text class="soft" x="24" y="56">with a provider\'s prompt cache: cached tokens at 0.1, written ones at 1.25; from left to right the history grows, in tokens</text>',
    ...figures.flatMap((figure, index) => panel(figure, TOP + index * PANEL_HEIGHT)),
    "</svg>",
    "",
  ].join("\n");
}

function describe({ title, methods }: CostCurves): string {
  const ends = methods.map(({ method, index }) => `${method} ${Math.round(index.at(-1) ?? 100)}`);
  return `${title}, at the end: ${ends.join(", ")}.`;
}

function panel({ title, sessions, lengths, methods }: CostCurves, top: number): readonly string[] {
  const longest = lengths.at(-1) ?? 1;
  const plotTop = top + 22;
  const toX = (length: number): number => round(LEFT + (length / longest) * PLOT_WIDTH);
  const toY = (index: number): number => round(plotTop + PLOT_HEIGHT * (1 - Math.min(index, MOST) / MOST));
  const pathOf = ({ index }: CostCurve): string =>
    index.map((value, at) => `${at === 0 ? "M" : "L"}${toX(lengths[at] ?? 0)} ${toY(value)}`).join("");
  const labels = spread(
    methods.map(({ method, index }) => ({ method, y: toY(index.at(-1) ?? 100) })),
    plotTop + PLOT_HEIGHT,
  );
  return [
    `  <text class="ink" x="24" y="${top + 6}" font-weight="600">${escapeXml(title)}</text>`,
    `  <text class="soft" x="${LEFT + PLOT_WIDTH}" y="${top + 6}" text-anchor="end">${sessions} ${sessions === 1 ? "session" : "sessions"}</text>`,
    ...[0, 50, 100, 150, 200].flatMap((index) => [
      `  <line class="grid" x1="${LEFT}" x2="${LEFT + PLOT_WIDTH}" y1="${toY(index)}" y2="${toY(index)}"/>`,
      `  <text class="soft" x="${LEFT - 8}" y="${toY(index) + 4}" text-anchor="end">${index}</text>`,
    ]),
    ...[0.25, 0.5, 0.75, 1].map(
      (share) =>
        `  <text class="soft" x="${toX(share * longest)}" y="${plotTop + PLOT_HEIGHT + 17}" text-anchor="middle">${toThousands(share * longest)}</text>`,
    ),
    ...methods.map(
      (curve) => `  <path class="curve ${toClasses(curve.method, "line")}" d="${pathOf(curve)}"/>`,
    ),
    ...labels.map(
      ({ method, y }) =>
        `  <text class="${toClasses(method, "name")}" x="${LEFT + PLOT_WIDTH + 8}" y="${round(y + 4)}">${escapeXml(method)}${told(methods, method)}</text>`,
    ),
  ];
}

const OURS = "prompt-compiler";
const EVEN = "everything";

/** The colour of each method on light and on dark paper; apart for those who cannot tell red from green, too. */
const COLOURS: Readonly<Record<string, { readonly light: string; readonly dark: string }>> = {
  [EVEN]: { light: "#59636e", dark: "#9198a1" },
  recent: { light: "#0969da", dark: "#4493f8" },
  trimMessages: { light: "#9a6700", dark: "#d29922" },
  "recent groups": { light: "#8250df", dark: "#ab7df8" },
  bm25: { light: "#bc4c00", dark: "#db6d28" },
  "clear results": { light: "#bf3989", dark: "#db61a2" },
  [OURS]: { light: "#1a7f37", dark: "#3fb950" },
};

function palette(paper: "light" | "dark"): string {
  return Object.values(COLOURS)
    .map(
      (colour, index) =>
        `.line-${index} { stroke: ${colour[paper]}; } .name-${index} { fill: ${colour[paper]}; }`,
    )
    .join(" ");
}

function toClasses(method: string, what: "line" | "name"): string {
  const known = `${what}-${Object.keys(COLOURS).indexOf(method)}`;
  if (method === EVEN) return `even ${known}`;
  return method === OURS ? `${what === "line" ? "ours" : "name-ours"} ${known}` : known;
}

function told(methods: readonly CostCurve[], method: string): string {
  return ` ${Math.round(methods.find((curve) => curve.method === method)?.index.at(-1) ?? 100)}`;
}

interface Label {
  readonly method: string;
  readonly y: number;
}

/** Labels by height, none over another, the lowest not below `bottom`. */
function spread(labels: readonly Label[], bottom: number): readonly Label[] {
  const placed: Label[] = [];
  let lowest = bottom;
  for (const label of labels.toSorted((a, b) => b.y - a.y)) {
    const y = Math.min(label.y, lowest);
    placed.push({ ...label, y });
    lowest = y - LABEL_STEP;
  }
  return placed;
}

function toThousands(tokens: number): string {
  return `${Math.round(tokens / 100) / 10}k`;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
