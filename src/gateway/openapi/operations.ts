import type { z } from "zod";
import { chatChunk, chatCompletion, chatRequest } from "../../wires/chat/schemas.ts";
import { completionRequest, textCompletion } from "../../wires/completions/schemas.ts";
import { embeddingList, embeddingRequest } from "../../wires/embeddings/schemas.ts";
import { messageAnswer, messagesEvent, messagesRequest } from "../../wires/messages/schemas.ts";
import { response, responseEvent, responseRequest } from "../../wires/responses/schemas.ts";
import {
  auditEntry,
  contextHit,
  contextItem,
  contextLines,
  contextQuery,
  deletedContext,
  forgetReceipt,
  forgetSubject,
  grant,
  importReceipt,
  learned,
  newContext,
  newGrant,
  revoked,
} from "./context-objects.ts";
import {
  batch,
  compaction,
  compiled,
  deleted,
  file,
  inputItem,
  messageTokens,
  model,
  newBatch,
  newFile,
  pageOf,
  responseTokens,
} from "./objects.ts";
import { agentActivity, contextGroup, sumsLine } from "./stats-objects.ts";

/** What the document says of one route. */
export interface Operation {
  readonly summary: string;
  readonly request?: z.ZodType | undefined;
  /** The whole answer. Absent: bytes. */
  readonly answer?: z.ZodType | undefined;
  /** One event, where the answer may be a stream. */
  readonly event?: z.ZodType | undefined;
  /** It takes the `X-PC-*` headers and the `pc` object. */
  readonly isCall?: boolean | undefined;
  /** Parameters of its query. */
  readonly query?: readonly string[] | undefined;
}

const chat: Pick<Operation, "request" | "answer" | "event" | "isCall"> = {
  request: chatRequest,
  answer: chatCompletion,
  event: chatChunk,
  isCall: true,
};
const page = ["limit", "after"];

/** By method and path, as the route table has them. */
export const operations: Readonly<Record<string, Operation>> = {
  "POST /v1/chat/completions": { summary: "Chat, whole or streamed", ...chat },
  "POST /v1/completions": {
    summary: "Complete a prompt, the legacy way",
    request: completionRequest,
    answer: textCompletion,
    event: textCompletion,
    isCall: true,
  },
  "POST /v1/embeddings": {
    summary: "Embed texts",
    request: embeddingRequest,
    answer: embeddingList,
    isCall: true,
  },
  "POST /v1/responses": {
    summary: "Respond, whole or streamed",
    request: responseRequest,
    answer: response,
    event: responseEvent,
    isCall: true,
  },
  "POST /v1/responses/input_tokens": {
    summary: "Count the tokens a response would read",
    request: responseRequest,
    answer: responseTokens,
    isCall: true,
  },
  "POST /v1/responses/compact": {
    summary: "Compact a conversation, at a vendor of responses",
    request: responseRequest,
    answer: compaction,
    isCall: true,
  },
  "GET /v1/responses/{id}": {
    summary: "Get a response that was kept, whole or streamed again",
    answer: response,
    event: responseEvent,
    query: ["stream", "starting_after"],
  },
  "DELETE /v1/responses/{id}": { summary: "Delete a response that was kept", answer: deleted },
  "GET /v1/responses/{id}/input_items": {
    summary: "List what a response was asked with",
    answer: pageOf(inputItem),
    query: [...page, "order"],
  },
  "POST /v1/responses/{id}/cancel": {
    summary: "Cancel a response that a vendor makes in the background",
    answer: response,
  },
  "POST /v1/messages": {
    summary: "Anthropic's messages, whole or streamed",
    request: messagesRequest,
    answer: messageAnswer,
    event: messagesEvent,
    isCall: true,
  },
  "POST /v1/messages/count_tokens": {
    summary: "Count the tokens a message would read",
    request: messagesRequest,
    answer: messageTokens,
    isCall: true,
  },
  "GET /v1/models": { summary: "List the models served", answer: pageOf(model) },
  "GET /v1/models/{id}": { summary: "Get a model by its name", answer: model },
  "POST /v1/files": { summary: "Upload the lines of a batch", request: newFile, answer: file },
  "GET /v1/files": { summary: "List files", answer: pageOf(file), query: [...page, "purpose"] },
  "GET /v1/files/{id}": { summary: "Get what is known of a file", answer: file },
  "DELETE /v1/files/{id}": { summary: "Delete a file", answer: deleted },
  "GET /v1/files/{id}/content": { summary: "Get a file's bytes" },
  "POST /v1/batches": { summary: "Begin a batch", request: newBatch, answer: batch },
  "GET /v1/batches": { summary: "List batches", answer: pageOf(batch), query: page },
  "GET /v1/batches/{id}": { summary: "Get a batch", answer: batch },
  "POST /v1/batches/{id}/cancel": { summary: "Cancel a batch", answer: batch },
  "POST /v1/pc/context-aware-completion": { summary: "Chat, with the compile report in the answer", ...chat },
  "POST /v1/pc/context-completion": { summary: "The same, by its short name", ...chat },
  "POST /v1/pc/compile": {
    summary: "A dry run: what would be sent, and why",
    request: chatRequest,
    answer: compiled,
    isCall: true,
  },
  "GET /v1/pc/contexts": {
    summary: "List the shared context that the caller may read",
    answer: pageOf(contextItem),
    query: page,
    isCall: true,
  },
  "POST /v1/pc/contexts": {
    summary: "Add an item",
    request: newContext,
    answer: contextItem,
    isCall: true,
  },
  "POST /v1/pc/contexts/search": {
    summary: "Find what matches a query, the best first",
    request: contextQuery,
    answer: pageOf(contextHit),
    isCall: true,
  },
  "POST /v1/pc/contexts/forget": {
    summary: "Forget an item, what an agent owns, or the tenant's all, and every copy",
    request: forgetSubject,
    answer: forgetReceipt,
    isCall: true,
  },
  "GET /v1/pc/contexts/learned": {
    summary: "List decisions, facts, identifiers and results of tools, word for word",
    answer: pageOf(learned),
    query: page,
    isCall: true,
  },
  "GET /v1/pc/contexts/export": { summary: "Get all that is owned, a line of JSON an item", isCall: true },
  "POST /v1/pc/contexts/import": {
    summary: "Put such lines in",
    request: contextLines,
    answer: importReceipt,
    isCall: true,
  },
  "GET /v1/pc/contexts/{id}": {
    summary: "Get an item by its id, or what was cut by its handle",
    answer: contextItem,
    isCall: true,
  },
  "DELETE /v1/pc/contexts/{id}": { summary: "Forget an item", answer: deletedContext, isCall: true },
  "GET /v1/pc/grants": { summary: "List grants", answer: pageOf(grant), query: page, isCall: true },
  "POST /v1/pc/grants": {
    summary: "Let one audience read another's items",
    request: newGrant,
    answer: grant,
    isCall: true,
  },
  "POST /v1/pc/grants/revoke": {
    summary: "Take a grant back",
    request: newGrant,
    answer: revoked,
    isCall: true,
  },
  "GET /v1/pc/audit": {
    summary: "List what was read, written and granted across agents, the newest first",
    answer: pageOf(auditEntry),
    query: page,
    isCall: true,
  },
  "GET /v1/pc/agents": {
    summary: "List who has called, when last, for which groups, and what it came to",
    answer: pageOf(agentActivity),
    query: page,
    isCall: true,
  },
  "GET /v1/pc/context-groups": {
    summary: "List groups with their members, entries, writers and grants",
    answer: pageOf(contextGroup),
    query: page,
    isCall: true,
  },
  "GET /v1/pc/stats": {
    summary: "List sums of calls by tenant, agent, day, or agent-day",
    answer: pageOf(sumsLine),
    query: [...page, "by", "from", "to"],
    isCall: true,
  },
};
