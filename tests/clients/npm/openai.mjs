// openai (npm), Chat Completions and Responses.
import OpenAI from "openai";
import { main, weather } from "./run.mjs";

const form = process.argv[3];

async function chat(client, scenario, seen) {
  const stream = await client.chat.completions.create({
    model: "scripted",
    messages: [{ role: "user", content: scenario }],
    tools: [{ type: "function", function: { name: "weather", parameters: weather } }],
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const chunk of stream) {
    if (chunk.usage) Object.assign(seen, { input: chunk.usage.prompt_tokens, output: chunk.usage.completion_tokens });
    for (const { delta } of chunk.choices) {
      seen.add("text", delta.content);
      seen.add("reasoning", delta.reasoning_content);
      for (const call of delta.tool_calls ?? []) {
        seen.add("name", call.function.name);
        seen.add("arguments", call.function.arguments);
      }
    }
  }
}

async function responses(client, scenario, seen) {
  const stream = client.responses.stream({
    model: "scripted",
    input: scenario,
    tools: [{ type: "function", name: "weather", parameters: weather, strict: false }],
  });
  for await (const event of stream) {
    if (event.type === "response.output_text.delta") seen.add("text", event.delta);
    if (event.type === "response.reasoning_summary_text.delta" || event.type === "response.reasoning_text.delta")
      seen.add("reasoning", event.delta);
    if (event.type === "response.failed" || event.type === "error") seen.raised = true;
  }
  const final = await stream.finalResponse();
  for (const item of final.output)
    if (item.type === "function_call") Object.assign(seen, { name: item.name, arguments: item.arguments });
  if (final.usage) Object.assign(seen, { input: final.usage.input_tokens, output: final.usage.output_tokens });
}

await main((url, scenario, seen) => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
  return (form === "chat" ? chat : responses)(client, scenario, seen);
});
