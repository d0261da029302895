/** The shapes of shared context: items, grants, the audit trail. */
import { z } from "zod";

const item = {
  id: "ctx_0123456789abcdef0123456789abcdef",
  tenant: "acme",
  agentId: "planner",
  audience: "group:trip",
  role: "note",
  content: "The harbour hotel wants 400 euros by 2 May.",
  createdAt: 1_790_000_000_000,
};

export const contextItem = z
  .looseObject({
    id: z.string(),
    content: z.string(),
    agentId: z.string().optional(),
    audience: z.string().optional(),
    role: z.string().optional(),
    createdAt: z.int().optional(),
    trust: z.number().optional(),
    lineage: z.array(z.string()).optional(),
    subject: z.string().optional(),
    tool: z.string().optional(),
    expiresAt: z.int().optional(),
  })
  .meta({ examples: [item] });

export const learned = z
  .looseObject({
    kind: z.enum(["decision", "fact", "identifier", "tool-result"]),
    text: z.string(),
    name: z.string().optional(),
    itemId: z.string(),
    agentId: z.string(),
    role: z.string(),
    tool: z.string().optional(),
    at: z.int(),
  })
  .meta({
    examples: [
      {
        kind: "fact",
        text: item.content,
        itemId: item.id,
        agentId: item.agentId,
        role: item.role,
        at: item.createdAt,
      },
    ],
  });

export const newContext = z
  .looseObject({
    content: z.string(),
    role: z.enum(["user", "assistant", "tool", "note"]).optional(),
    title: z.string().optional(),
    subject: z.string().optional(),
    occurredAt: z.int().optional(),
    validFrom: z.int().optional(),
    validTo: z.int().optional(),
    supersedes: z.array(z.string()).optional(),
    lineage: z.array(z.string()).optional(),
    trust: z.number().optional(),
    ttlMs: z.number().optional(),
  })
  .meta({ examples: [{ content: item.content }] });

export const contextHit = z
  .looseObject({ item: contextItem, score: z.number() })
  .meta({ examples: [{ item, score: 3.1 }] });

export const contextQuery = z
  .looseObject({ query: z.string(), limit: z.int().optional() })
  .meta({ examples: [{ query: "deposit of the hotel", limit: 5 }] });

const receipt = { items: 1, injections: 0, originals: 0, conversations: 0 };

export const forgetReceipt = z
  .looseObject({ items: z.int(), injections: z.int(), originals: z.int() })
  .meta({ examples: [receipt] });

export const deletedContext = z
  .looseObject({
    id: z.string(),
    object: z.literal("context"),
    deleted: z.literal(true),
    receipt: forgetReceipt,
  })
  .meta({ examples: [{ id: item.id, object: "context", deleted: true, receipt }] });

export const forgetSubject = z
  .looseObject({ id: z.string().optional(), agentId: z.string().optional(), tenant: z.boolean().optional() })
  .meta({ examples: [{ agentId: "planner" }] });

export const contextLines = z.string().meta({ contentMediaType: "application/jsonl" });

export const importReceipt = z
  .looseObject({ written: z.int(), existing: z.int() })
  .meta({ examples: [{ written: 12, existing: 0 }] });

export const newGrant = z
  .looseObject({ owner: z.string(), reader: z.string() })
  .meta({ examples: [{ owner: "agent:planner", reader: "group:trip" }] });

export const grant = z
  .looseObject({
    owner: z.string(),
    reader: z.string(),
    createdAt: z.int(),
    grantedBy: z.string().optional(),
  })
  .meta({
    examples: [
      { owner: "agent:planner", reader: "group:trip", grantedBy: "planner", createdAt: 1_790_000_000_000 },
    ],
  });

export const revoked = z
  .looseObject({ object: z.literal("grant"), revoked: z.boolean() })
  .meta({ examples: [{ object: "grant", revoked: true }] });

export const auditEntry = z
  .looseObject({
    action: z.enum(["read", "write", "grant", "revoke"]),
    at: z.int(),
    agentId: z.string().optional(),
    audience: z.string(),
    agents: z.array(z.string()),
    itemIds: z.array(z.string()),
    reader: z.string().optional(),
  })
  .meta({
    examples: [
      {
        action: "read",
        at: 1_790_000_000_000,
        agentId: "scout",
        audience: "group:trip",
        agents: ["planner"],
        itemIds: [item.id],
      },
    ],
  });
