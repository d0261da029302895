import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder of data sets, known by the names of their files. */
export interface BenchData {
  readonly folder: string;
  readonly isFixture: boolean;
  /** The files whose paths match, by path: "qmsum-val.jsonl", "swe-agent/00.traj". */
  files(path: RegExp): Promise<readonly BenchFile[]>;
}

export interface BenchFile {
  /** The name without its ending. */
  readonly stem: string;
  text(): Promise<string>;
  json<T>(): Promise<T>;
  /** A JSON value a line. */
  lines<T>(): Promise<readonly T[]>;
}

/** The data in a folder; without one, the fixtures: too small for figures, large enough to try the command. */
export function openData(given: string | undefined): BenchData {
  const folder = given ?? fileURLToPath(new URL("../fixtures", import.meta.url));
  return {
    folder,
    isFixture: given === undefined,
    async files(pattern) {
      const names = (await readdir(folder, { recursive: true })).filter((name) => pattern.test(name)).sort();
      return names.map((name) => {
        const text = (): Promise<string> => readFile(join(folder, name), "utf8");
        return {
          stem: basename(name).replace(/\.[^.]+$/, ""),
          text,
          json: async () => JSON.parse(await text()),
          lines: async () =>
            (await text())
              .trim()
              .split("\n")
              .map((line) => JSON.parse(line)),
        };
      });
    },
  };
}
