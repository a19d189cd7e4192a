// ai, by the providers @ai-sdk/openai (Chat and Responses), @ai-sdk/anthropic and @ai-sdk/openai-compatible.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { jsonSchema, streamText, tool } from "ai";
import { main, weather } from "./run.mjs";

const models = {
  "openai-chat": (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "none" }).chat("scripted"),
  "openai-responses": (url) => createOpenAI({ baseURL: `${url}/v1`, apiKey: "none" }).responses("scripted"),
  anthropic: (url) => createAnthropic({ baseURL: `${url}/v1`, apiKey: "none" })("scripted"),
  compatible: (url) =>
    createOpenAICompatible({ name: "slipstream", baseURL: `${url}/v1`, includeUsage: true })("scripted"),
};

await main(async (url, scenario, seen) => {
  const result = streamText({
    model: models[process.argv[3]](url),
    prompt: scenario,
    maxRetries: 0,
    tools: { weather: tool({ inputSchema: jsonSchema(weather) }) },
    onError: () => {},
  });
  for await (const part of result.fullStream) {
    if (part.type === "text-delta") seen.add("text", part.text);
    if (part.type === "reasoning-delta") seen.add("reasoning", part.text);
    if (part.type === "tool-call") Object.assign(seen, { name: part.toolName, arguments: part.input });
    if (part.type === "finish")
      Object.assign(seen, { input: part.totalUsage.inputTokens, output: part.totalUsage.outputTokens });
    if (part.type === "error") throw part.error;
  }
});
