/**
 * What a line of code is, by how it begins; no language is parsed. Python, JavaScript, TypeScript, Java, Kotlin, C, C++,
 * C#, Go, Rust, Ruby, PHP, Swift and Scala say the same things with much the same words.
 */

const MODIFIERS = String.raw`(?:(?:export|default|declare|public|private|protected|internal|static|final|abstract|sealed|async|override|virtual|inline|open|data|unsafe|extern|pub(?:\([^)]*\))?)\s+)*`;

const DECLARATION = new RegExp(
  String.raw`^\s*${MODIFIERS}(?:class|interface|enum|struct|trait|impl|def|func|fun|fn|function|type|module|namespace|record|object|protocol|union|mod|typedef|#\s*define)\b`,
);

/** A method of Java or C#: a modifier at its start, and at its end what opens a body or closes a field. */
const MEMBER =
  /^\s*(?:public|private|protected|internal|static|final|abstract|synchronized|virtual|override)\b.*[({;]\s*$/;

const IMPORT =
  /^\s*(?:import\b|from\s+\S+\s+import\b|#\s*include\b|using\s+[\w.:]+\s*;|use\s+[\w:\\]|require(?:_relative)?\b|package\b|(?:const|let|var)\s+.*=\s*require\()/;

const ATTRIBUTE = /^\s*(?:@\w|#\[)/;

/** For each line: whether it brings names in from elsewhere, or goes on with the list of one that does. */
export function importLines(lines: readonly string[]): readonly boolean[] {
  let closing: string | undefined;
  return lines.map((line) => {
    if (closing !== undefined) {
      if (line.includes(closing)) closing = undefined;
      return true;
    }
    if (!IMPORT.test(line)) return false;
    if (/\([^)]*$/.test(line)) closing = ")";
    else if (/\{[^}]*$/.test(line)) closing = "}";
    return true;
  });
}

/** Whether a line declares something, or says something about the declaration below it. */
export function isSignature(line: string): boolean {
  return DECLARATION.test(line) || MEMBER.test(line) || ATTRIBUTE.test(line);
}

/** Of a line; what comes behind them is data, not names that somebody refers to. */
const MOST_IDENTIFIERS = 64;

/** The names in a line, each once, keywords among them: they are all over a text, and so say nothing new. */
export function identifiersOf(line: string): readonly string[] {
  const found = new Set<string>();
  for (const [identifier] of line.matchAll(/[\p{L}_$][\p{L}\p{N}_$]{2,}/gu)) {
    found.add(identifier);
    if (found.size === MOST_IDENTIFIERS) break;
  }
  return [...found];
}

/** The words a name is made of, in lower case: "getServerInfo" and "server_info" share two. */
export function partsOf(identifier: string): readonly string[] {
  return identifier
    .replaceAll(/([\p{Ll}\d])(\p{Lu})|(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1$3 $2$4")
    .toLowerCase()
    .split(/[_$\s\d]+/)
    .filter((part) => part.length > 2);
}
