import { describe, expect, it } from "vitest";
import { createRouter } from "../../src/gateway/route-table.ts";

const mounted = createRouter({});
const standalone = createRouter({ standalone: true });

describe("createRouter, mounted in a host", () => {
  it.each([
    ["POST", "/v1/chat/completions"],
    ["POST", "/v1/embeddings"],
    ["GET", "/v1/models"],
    ["HEAD", "/v1/models"],
    ["GET", "/v1/models/gpt-x"],
    ["POST", "/v1/pc/context-aware-completion"],
    ["POST", "/v1/pc/context-completion"],
    ["POST", "/v1/pc/compile"],
    ["POST", "/v1/responses"],
    ["POST", "/v1/responses/input_tokens"],
    ["GET", "/v1/responses/resp_1"],
    ["DELETE", "/v1/responses/resp_1"],
    ["GET", "/v1/responses/resp_1/input_items"],
    ["POST", "/v1/responses/resp_1/cancel"],
    ["POST", "/v1/files"],
    ["GET", "/v1/files"],
    ["GET", "/v1/files/file-1"],
    ["DELETE", "/v1/files/file-1"],
    ["GET", "/v1/files/file-1/content"],
    ["POST", "/v1/batches"],
    ["GET", "/v1/batches"],
    ["GET", "/v1/batches/batch_1"],
    ["POST", "/v1/batches/batch_1/cancel"],
    ["GET", "/v1/pc/healthz"],
    ["POST", "/pc/trip/planner/v1/chat/completions"],
    ["GET", "/pc/trip/planner/v1/models/a/b"],
  ])("takes %s %s", (method, path) => {
    expect(mounted(method, path)).toBeDefined();
  });

  it.each([
    ["GET", "/"],
    ["HEAD", "/"],
    ["GET", "/healthz"],
    ["GET", "/metrics"],
    ["GET", "/docs"],
    ["POST", "/v1/orders"],
    ["GET", "/v1"],
    ["GET", "/v1/"],
    ["GET", "/v1/models/"],
    ["POST", "/v1/chat/completions/"],
    ["POST", "/v1/chat"],
    ["POST", "/V1/chat/completions"],
    ["POST", "/v1/responses/a/b/c"],
    ["GET", "/pc"],
    ["POST", "/pc/trip/v1/chat/completions"],
    ["POST", "/pc/trip/planner/chat/completions"],
    ["GET", "/pc/trip/planner/v1/pc/healthz"],
    ["DELETE", "/v1/orders"],
    ["GET", "/v1/files/"],
    ["GET", "/v1/files/a/b"],
    ["GET", "/v1/files/a/content/b"],
    ["GET", "/v1/batches/a/results"],
    ["POST", "/v1/batches/a/b/cancel"],
  ])("leaves %s %s to the host", (method, path) => {
    expect(mounted(method, path)).toBeUndefined();
  });

  it.each([
    ["/v1/models/gpt-x", "gpt-x"],
    ["/v1/models/org/model:tag", "org/model:tag"],
    ["/v1/models/org%2Fmodel%3Atag", "org/model:tag"],
    ["/v1/models/100%", "100%"],
  ])("reads the model's id from %s (wire 1)", (path, id) => {
    expect(mounted("GET", path)?.rest).toBe(id);
  });

  it.each([
    ["GET", "/v1/files/file-1"],
    ["GET", "/v1/files/file-1/content"],
    ["POST", "/v1/batches/file-1/cancel"],
  ])("reads the id from the middle of %s %s", (method, path) => {
    expect(mounted(method, path)?.rest).toBe("file-1");
  });

  it("reads group and agent from the path, and shares", () => {
    const route = mounted("POST", "/pc/trip%202/plan%2Fner/v1/chat/completions");

    expect(route?.context).toEqual({ group: "trip 2", agentId: "plan/ner", share: true });
    expect(route?.path).toBe("/v1/chat/completions");
  });

  it("moves the operations where it is told", () => {
    const moved = createRouter({ operations: "/internal" });

    expect(moved("GET", "/internal/healthz")).toBeDefined();
    expect(moved("GET", "/v1/pc/healthz")).toBeUndefined();
  });
});

describe("createRouter, standing alone", () => {
  it("has a route for every path, the operations at the root", () => {
    expect(standalone("GET", "/healthz")?.open).toBe(true);
    expect(standalone("GET", "/nowhere")).toBeDefined();
  });
});
