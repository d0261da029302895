/** The document as a page: plain HTML, no script, its one stylesheet beside it. Reading it runs nothing. */
import type { OpenApiDocument, OperationObject, PathItem } from "./shapes.ts";

/** @param links - where document and stylesheet are, as the page's browser reaches them */
export function toPage(
  document: OpenApiDocument,
  links: { readonly document: string; readonly style: string },
): string {
  const { title, description } = document.info;
  const paths = Object.entries(document.paths);
  const entries = paths.flatMap(([path, item]) =>
    isForwarded(item) ? [] : Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  );
  const forwarded = paths.flatMap(([path, item]) => (isForwarded(item) ? [path] : []));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${escapeHtml(links.style)}">
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(description)} <a href="${escapeHtml(links.document)}">The OpenAPI document.</a></p>
${entries.map(({ method, path, operation }) => entry(method, path, operation)).join("\n")}
<h2>Forwarded</h2>
<p>As bytes, whatever is asked there, to the deployment of the model.</p>
<ul>
${forwarded.map((path) => `<li><code>${escapeHtml(path)}</code></li>`).join("\n")}
</ul>
<h2>Shared parts</h2>
<p>What a "$ref" above names.</p>
${pre(document.components)}
</body>
</html>
`;
}

function isForwarded(item: PathItem): item is { readonly $ref: string } {
  return "$ref" in item;
}

function entry(method: string, path: string, { summary, ...rest }: OperationObject): string {
  const { parameters, requestBody, responses } = rest;
  const parts = [
    ["Parameters", parameters.length > 0 ? parameters : undefined],
    ["Request", requestBody],
    ["Answers", responses],
  ] as const;
  return `<details>
<summary><b class="${escapeHtml(method)}">${escapeHtml(method.toUpperCase())}</b> <code>${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>
${parts.flatMap(([name, part]) => (part === undefined ? [] : [`<h3>${name}</h3>`, pre(part)])).join("\n")}
</details>`;
}

function pre(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, undefined, 2))}</pre>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** The page's stylesheet. */
export const PAGE_STYLE = `:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #8886; border-radius: 6px; margin: 0.5rem 0; padding: 0.5rem 1rem; }
summary { cursor: pointer; }
summary b { display: inline-block; width: 4.5rem; font-size: 0.85rem; }
.get { color: #1a7f37; } .post { color: #0969da; } .delete { color: #cf222e; }
pre { overflow: auto; max-height: 30rem; background: #8881; border-radius: 6px; padding: 0.75rem; font-size: 0.85rem; }
`;
