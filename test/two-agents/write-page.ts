import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { twoAgentsPage } from "./page.ts";

writeFileSync(resolve(import.meta.dirname, "../../docs/two-agents.md"), await twoAgentsPage());
