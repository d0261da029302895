import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";

/** Sources by path below `src/`: "core/compile.ts". */
export type Sources = Readonly<Record<string, string>>;

/** What one source file imports and touches. */
export interface SourceFile {
  readonly path: string;
  readonly imports: readonly Import[];
  /** Globals it uses, of those that only some files may: "process.env", "console". */
  readonly globals: readonly string[];
}

export interface Import {
  /** As written: "./segment.ts", "zod". */
  readonly specifier: string;
  /** Path below `src/` of a file of ours; `undefined`: a package. */
  readonly file: string | undefined;
  /** Name of a package of others, without what follows: "gpt-tokenizer"; `undefined`: ours, or Node's own. */
  readonly package: string | undefined;
  /** `import()` at run time: loaded when it is reached. Types count as static. */
  readonly dynamic: boolean;
}

export function readSources(directory: string): Sources {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(directory, path), "utf8")]));
}

export function parseSource(path: string, text: string): SourceFile {
  const imports: Import[] = [];
  const globals = new Set<string>();
  const visit = (node: ts.Node): void => {
    const found = importedBy(node);
    if (found !== undefined) imports.push(toImport(path, found.specifier, found.dynamic));
    const touched = globalOf(node);
    if (touched !== undefined) globals.add(touched);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return { path, imports, globals: [...globals] };
}

function importedBy(node: ts.Node): { specifier: string; dynamic: boolean } | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && { specifier: literal(node.moduleSpecifier), dynamic: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: literal(node.argument.literal), dynamic: false };
  }
  const [argument] = ts.isCallExpression(node) ? node.arguments : [];
  if (argument === undefined || !ts.isStringLiteralLike(argument)) return undefined;
  const callee = (node as ts.CallExpression).expression;
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return { specifier: argument.text, dynamic: true };
  return ts.isIdentifier(callee) && callee.text === "require"
    ? { specifier: argument.text, dynamic: true }
    : undefined;
}

function literal(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}

function globalOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) && /^(node:)?process$/.test(literal(node.moduleSpecifier)))
    return "process.env";
  const isMember = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node);
  if (!isMember || !ts.isIdentifier(node.expression)) return undefined;
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : literal(node.argumentExpression);
  if (node.expression.text === "console") return "console";
  if (node.expression.text !== "process") return undefined;
  if (name === "stdout" || name === "stderr") return "console";
  return name === "env" ? "process.env" : undefined;
}

function toImport(from: string, specifier: string, dynamic: boolean): Import {
  if (specifier.startsWith(".")) {
    return { specifier, file: posix.join(posix.dirname(from), specifier), package: undefined, dynamic };
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  return { specifier, file: undefined, package: specifier.startsWith("node:") ? undefined : name, dynamic };
}
