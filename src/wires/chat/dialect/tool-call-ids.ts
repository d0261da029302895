import { createHash } from "node:crypto";
import type { ChatDialect } from "./dialect.ts";

/**
 * The id as the vendor takes it: itself where it has the right shape, else one made of it, the same for the same id, so
 * that a call and its result still belong together (defect 35).
 *
 * @example
 * vendorToolCallId("toolu_01A", { shape: /^[A-Za-z0-9]{9}$/, length: 9 }); // nine letters and digits
 */
export function vendorToolCallId(
  id: string,
  { shape, length }: NonNullable<ChatDialect["toolCallIds"]>,
): string {
  if (shape.test(id)) return id;
  const digits = createHash("sha256").update(id).digest("hex");
  // 64 digits are more than any vendor's ids have.
  return digits.slice(0, length);
}
