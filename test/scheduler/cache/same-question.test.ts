import { describe, expect, it } from "vitest";
import { isSameQuestion, readQuestion } from "../../../src/scheduler/cache/same-question.ts";

const same = (left: string, right: string): boolean =>
  isSameQuestion(readQuestion(left), readQuestion(right));

describe("isSameQuestion", () => {
  it.each([
    ["What is the capital of France?", "what's the capital of France"],
    ["How do I bake bread?", "How can I bake the bread?"],
    ["Please tell me the height of Everest", "tell me the height of Everest"],
    ["What are the best books on Rome?", "What is the best book on Rome?"],
  ])("lets pass what differs in fillers, plurals and signs: %s / %s", (left, right) => {
    expect(same(left, right)).toBe(true);
  });

  it.each<[string, string, string]>([
    ["numbers", "What is 5 percent of 80?", "What is 50 percent of 80?"],
    ["numbers in order", "How many days from 3 to 5?", "How many days from 5 to 3?"],
    ["negation", "Is sugar healthy?", "Is sugar not healthy?"],
    ["negation in a contraction", "Why does it work?", "Why doesn't it work?"],
    ["names", "How do I get to Paris?", "How do I get to Lyon?"],
    ["a name and a word", "Who makes the best apple?", "Who makes the best Apple?"],
    ["units", "How far is 5 km?", "How far is 5 miles?"],
    ["signs", "How much is €5?", "How much is $5?"],
    ["languages", "How do I print in C++?", "How do I print in C#?"],
    ["question words", "When did it open?", "Where did it open?"],
    ["opposites", "How do I gain weight?", "How do I lose weight?"],
    ["directions", "flights from Rome to Oslo", "flights from Oslo to Rome"],
    ["time", "Who is the king?", "Who was the king?"],
    ["modality", "Can I eat it?", "Should I eat it?"],
    ["whose", "What is my name?", "What is your name?"],
    ["words of another language", "Was kostet der Zug?", "Was kostet das Boot?"],
  ])("tells apart %s (defect 60): %s / %s", (_what, left, right) => {
    expect(same(left, right)).toBe(false);
  });
});
