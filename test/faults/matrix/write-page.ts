import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { faultPage } from "./page.ts";

writeFileSync(resolve(import.meta.dirname, "../../../docs/scheduling-faults.md"), faultPage());
