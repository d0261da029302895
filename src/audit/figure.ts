/**
 * The figure of an audit: what was paid for the input, of that what the cache missed, and what compiling would have cost, as
 * bars of one scale, as text and as SVG.
 */
import type { Cost } from "./cost.ts";
import type { AuditReport } from "./report.ts";

/** A row of the figure. */
export interface Bar {
  readonly label: string;
  /** What is written behind the bar. */
  readonly value: string;
  /** Length, from 0 to 1. */
  readonly share: number;
  /** Of the bar, the part that need not have been, from 0 to 1. */
  readonly lost: number;
}

/** The bars: the input as it was sent, and compiled into each budget, by the model of the cache. */
export function barsOf({ asSent, compiled }: AuditReport): readonly Bar[] {
  const most = Math.max(1, ...compiled.map(({ costIndex }) => costIndex));
  const rows = compiled.filter(({ tokens }) => tokens !== asSent.tokens);
  return [
    { label: "as it was sent", value: "100 %", share: 1 / most, lost: 0 },
    ...rows.map(({ maxInputTokens, costIndex }) => ({
      label: `compiled to ${formatCount(maxInputTokens)}`,
      value: `${Math.round(100 * costIndex)} %`,
      share: costIndex / most,
      lost: costIndex > 1 ? (costIndex - 1) / costIndex : 0,
    })),
  ];
}

/** Characters of the longest bar. */
const BAR_LENGTH = 40;

/** Eighths of a character, from none to seven. */
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar as text, exact to an eighth of a character. */
export function toTextBar(share: number): string {
  const eighths = Math.round(share * BAR_LENGTH * 8);
  return "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}

const WIDTH = 720;
const ROW = 34;
const TOP = 84;
const LEFT = 168;
const LONGEST = 440;

/** The figure as an SVG of its own, in light and dark. */
export function toSvg(report: AuditReport): string {
  const bars = barsOf(report);
  const height = TOP + bars.length * ROW + 40;
  const missed = report.missed.reduce((sum, { tokens }) => sum + tokens, 0);
  const facts = `${formatCount(report.calls)} calls in ${formatCount(report.conversations)} conversations; paid: ${formatCost(report.paidInAll)}; the prompt cache missed ${formatCount(missed)} tokens`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" role="img" aria-labelledby="title description">`,
    '  <title id="title">What the input of these calls costs, as it was sent and compiled</title>',
    `  <desc id="description">${escapeXml(bars.map(({ label, value }) => `${label}: ${value}`).join("; "))}</desc>`,
    "  <style>",
    "    .paper { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #59636e; } .bar { fill: #4ac26b; } .sent { fill: #818b98; } .more { fill: #ff8182; }",
    "    @media (prefers-color-scheme: dark) { .paper { fill: #0d1117; } .ink { fill: #f0f6fc; } .soft { fill: #9198a1; } .bar { fill: #238636; } .sent { fill: #656c76; } .more { fill: #da3633; } }",
    "  </style>",
    `  <rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>`,
    '  <text class="ink" x="24" y="34" font-size="16" font-weight="600">Cost of the input, net of cache effects</text>',
    `  <text class="soft" x="24" y="58">${escapeXml(facts)}</text>`,
    ...bars.flatMap((bar, index) => svgRow(bar, TOP + index * ROW, index === 0)),
    `  <text class="soft" x="24" y="${height - 16}" font-size="12">prompt-compiler audit</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function svgRow({ label, value, share, lost }: Bar, y: number, isSent: boolean): readonly string[] {
  const width = round(share * LONGEST);
  const needed = round(width * (1 - lost));
  return [
    `  <text class="ink" x="24" y="${y + 15}">${escapeXml(label)}</text>`,
    `  <rect class="${isSent ? "sent" : "bar"}" x="${LEFT}" y="${y}" width="${needed}" height="20" rx="3"/>`,
    ...(lost > 0
      ? [
          `  <rect class="more" x="${round(LEFT + needed)}" y="${y}" width="${round(width - needed)}" height="20" rx="3"/>`,
        ]
      : []),
    `  <text class="ink" x="${round(LEFT + width + 8)}" y="${y + 15}">${escapeXml(value)}</text>`,
  ];
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** "1,234,567", whatever the machine's language. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** In dollars where there is a price, else in tokens of plain input. */
export function formatCost({ dollars, plainTokens }: Cost): string {
  if (dollars === 0 && plainTokens !== 0) return `${formatCount(plainTokens)} plain tokens`;
  return `${dollars < 0 ? "-" : ""}$${Math.abs(dollars).toFixed(2)}`;
}
