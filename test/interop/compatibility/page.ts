/** What the suites have shown, as the page `docs/compatibility.md`; `npm run docs:compatibility` writes it. */

import { anthropic, gemini, openaiCompatible, type Provider } from "../../../src/scheduler/index.ts";
import { VENDORS } from "../../../src/scheduler/providers/vendors.ts";
import { translationTo } from "../../../src/wires/translations.ts";
import { AGENT_FEATURES, FEATURES, type Feature, HOSTS, type Place, ROUTES, type Route } from "./cells.ts";
import { featuresOn, PLAN } from "./plan.ts";
import { readShown, type ShownRow } from "./shown.ts";

export function compatibilityPage(): string {
  const clients = readShown("clients").toSorted(byPlan);
  const agents = readShown("agents");
  return `# Which clients work

Each mark is a test of the real client against \`pcMiddleware()\` in an Express app and in a Koa app, over an upstream that
answers by script. Where one host is named, it was tried in that one.

Written by \`npm run docs:compatibility\` from a run of \`test/interop\`; a test holds this page to the suites.

## Clients

${table(
  ["client", "route", "upstream", ...FEATURES],
  clients.map((row) => [...placeOf(row), ...FEATURES.map(markOf(row))]),
)}

Dashes:

${lesserRoutes()}

${table(["client", "tried with", "suites"], clientsOf(clients))}
${agents.length === 0 ? "" : agentsSection(agents)}
## Deployments

Who is asked by a route's own words gets them as they came; who speaks others gets them translated, and what cannot be
translated is named in \`x-pc-dropped\`. \`wires\` of \`openaiCompatible()\` says what a vendor speaks that is not known here.

${table(["deployment", ...CALLED.map((route) => `\`${ROUTES[route].path}\``)], deployments())}
`;
}

function agentsSection(agents: readonly ShownRow[]): string {
  const rows = agents.map((row) => [...placeOf(row), ...AGENT_FEATURES.map(markOf(row))]);
  return `
## Coding agents

As they come from the npm registry, run without a screen by \`npm run test:agents\`. Failures are tried over one upstream.

${table(["agent", "route", "upstream", ...AGENT_FEATURES], rows)}

${table(["agent", "tried with", "suites"], clientsOf(agents))}
`;
}

/** Routes whose calls are translated to what a deployment speaks; each is a wire of that name. */
const CALLED = [
  "chat",
  "responses",
  "messages",
  "completions",
  "embeddings",
] as const satisfies readonly Route[];

function deployments(): string[][] {
  const ofVendor = (vendor?: (typeof VENDORS)[number]): [string, Provider] => [
    vendor ?? "any other",
    openaiCompatible({
      baseURL: "http://127.0.0.1/v1",
      vendor,
      apiVersion: vendor === "azure" ? "v1" : undefined,
    }),
  ];
  const groups = grouped([...VENDORS.map(ofVendor), ofVendor()], ([, { wires }]) => reachOf(wires).join());
  const rows = groups.map((group) => {
    const names = group.map(([name]) => name).join(", ");
    return [`\`openaiCompatible()\`: ${names}`, ...reachOf(group[0]?.[1].wires ?? [])];
  });
  const native = [anthropic({ apiKey: "-" }), gemini({ apiKey: "-" })];
  return [...rows, ...native.map(({ name, wires }) => [`\`${name}()\``, ...reachOf(wires)])];
}

function reachOf(wires: Provider["wires"]): string[] {
  return CALLED.map((wire) => {
    const translation = translationTo(wire, wires);
    if (translation === undefined) return "as it came";
    return translation === "none" ? "–" : "translated";
  });
}

function placeOf({ client, route, upstream }: ShownRow): string[] {
  return [client, `\`${ROUTES[route].path}\``, upstream];
}

function markOf({ route, features }: ShownRow): (feature: Feature) => string {
  return (feature) => {
    const shown = features[feature] ?? [];
    if (shown.length === HOSTS.length) return "✓";
    return shown.join() || (featuresOn(route).includes(feature) ? "" : "–");
  };
}

function lesserRoutes(): string {
  return Object.values(ROUTES)
    .flatMap((route) => ("why" in route ? `- \`${route.path}\`: ${route.why}` : []))
    .join("\n");
}

function clientsOf(rows: readonly ShownRow[]): string[][] {
  return grouped(rows, ({ client }) => client).map((own) => [
    own[0]?.client ?? "",
    Object.entries(Object.assign({}, ...own.map(({ versions }) => versions)))
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    [...new Set(own.map(({ suite }) => `\`${suite.replace("test/interop/", "")}\``))].join(", "),
  ]);
}

/** In the order of the plan. */
function byPlan(left: ShownRow, right: ShownRow): number {
  const placeOf = (row: ShownRow) => PLAN.findIndex((planned) => isSamePlace(planned, row));
  return placeOf(left) - placeOf(right);
}

function isSamePlace(left: Place, right: Place): boolean {
  return left.client === right.client && left.route === right.route && left.upstream === right.upstream;
}

function grouped<T>(all: readonly T[], keyOf: (each: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return [...groups.values()];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
