/**
 * How a vendor's chat differs from OpenAI's own, as data. What is left out is as OpenAI has it, and costs nothing.
 *
 *     request ──▶ limit ▸ tools ▸ messages ──▶ the vendor
 *     answer  ◀── custom tools ◂ remembered state ◂ filled in ◀──
 *
 * A vendor whose row says nothing gets the caller's bytes. Every other edit is spliced into them and named.
 */

/** One vendor's differences. */
export interface ChatDialect {
  /** The one spelling of the output limit that is taken; by model, where only some are particular (wire 39). */
  readonly outputLimit?: {
    readonly spelled: "max_tokens" | "max_completion_tokens";
    /** Patterns of model names. @defaultValue every model */
    readonly models?: readonly string[] | undefined;
  };
  /** Parameters that models by these patterns refuse. */
  readonly rejectsByModel?: { readonly models: readonly string[]; readonly parameters: readonly string[] };
  /** Parameters that have another name there: theirs by OpenAI's. */
  readonly renames?: Readonly<Record<string, string>>;
  /** There is no "developer": such messages are "system" (wire 36). */
  readonly noDeveloper?: boolean;
  /** There are no custom tools: they are functions of one text (wire 38). */
  readonly noCustomTools?: boolean;
  /** Roles whose content must be a string: parts of text are joined, others stay for the vendor to judge (wire 37). */
  readonly plainContent?: readonly string[];
  /** There is no `json_object`: it is a schema that every object fits. */
  readonly noJsonObject?: boolean;
  /** A field that is null is refused, or read as something else than absent (wire 42). */
  readonly noNulls?: boolean;
  /** Fields of messages, and of the tool calls in them, that are refused: other vendors' state, for one (defect 35). */
  readonly refuses?: { readonly inMessages?: readonly string[]; readonly inToolCalls?: readonly string[] };
  /** State that the vendor wants back with tool calls (defect 68). */
  readonly wantsBack?: VendorState;
  /** Ids of tool calls that are taken; others are replaced, the same id by the same one (defect 35). */
  readonly toolCallIds?: { readonly shape: RegExp; readonly length: number };
  /** A tool call without its result is refused: it gets one that says so (defect 35). */
  readonly noOpenToolCalls?: boolean;
  /** Answers may have their text and thinking in parts: they are made plain. */
  readonly thinkingParts?: boolean;
  /** Answers leave out what OpenAI's always have: it is filled in (wire 20–23, defects 66, 67, 69, 70). */
  readonly sparseAnswers?: boolean;
}

/** Where a vendor's own state stands in an assistant's message. */
export interface VendorState {
  /** Fields of the message. */
  readonly ofMessage?: readonly string[];
  /** Fields of each tool call. */
  readonly ofToolCall?: readonly string[];
  /** What a field of the message is where nobody remembers it; `undefined`: it is left out. */
  readonly ifForgotten?: string | undefined;
}
