/**
 * Conversations of agents, as OpenAI's messages:
 *
 *     tau-bench-airline-*.json    customer service with tools; several tasks joined are one session
 *     swe-agent/*.traj            coding in a shell, what the shell answers is a user message; the demonstration left out
 *     openhands-*.jsonl           coding with tools, all in one user turn
 */
export interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly tool_calls?: readonly ToolCall[];
  readonly tool_call_id?: string;
}

interface ToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/** Messages from the system prompt to the last answer. */
export type Session = readonly Message[];

/** Sessions of `tasks` tasks each, joined in the order of the file behind the system prompt, which they share. */
export function tauSessions(told: readonly { readonly traj: Session }[], tasks: number): readonly Session[] {
  const sessions: Session[] = [];
  for (let first = 0; first + tasks <= told.length; first += tasks) {
    const joined = told.slice(first, first + tasks).map(({ traj }) => traj);
    sessions.push([...(joined[0] ?? []).slice(0, 1), ...joined.flatMap(([_system, ...said]) => said)]);
  }
  return sessions;
}

export interface SweAgentRun {
  readonly history: readonly (Message & { readonly is_demo?: boolean })[];
}

export function sweAgentSession({ history }: SweAgentRun): Session {
  return history
    .filter(({ is_demo }) => is_demo !== true)
    .map(({ role, content }): Message => ({ role, content }));
}

export interface OpenHandsRun {
  readonly history: readonly OpenHandsEvent[];
}

interface OpenHandsEvent {
  readonly source: string;
  readonly action?: string;
  readonly message?: string;
  readonly content?: string;
  readonly args?: { readonly content?: string; readonly thought?: string } & Readonly<
    Record<string, unknown>
  >;
  readonly tool_call_metadata?: { readonly function_name: string; readonly tool_call_id: string };
  readonly observation?: string;
}

export function openHandsSession({ history }: OpenHandsRun): Session {
  return history.flatMap(toMessages);
}

function toMessages(event: OpenHandsEvent): readonly Message[] {
  const { action, args = {}, content = "", source, tool_call_metadata: call } = event;
  if (action === "system") return [{ role: "system", content: args.content ?? "" }];
  if (action === "message") {
    return [{ role: source === "user" ? "user" : "assistant", content: args.content ?? "" }];
  }
  if (call === undefined) return [];
  const { function_name: name, tool_call_id: id } = call;
  if (event.observation !== undefined) return [{ role: "tool", tool_call_id: id, content }];
  const { thought = "", ...given } = args;
  const asked: ToolCall = { id, type: "function", function: { name, arguments: JSON.stringify(given) } };
  return [{ role: "assistant", content: thought, tool_calls: [asked] }];
}
