// The chat of @ai-sdk/react, which is what `useChat` holds; and the reader of ai 5.0.10, which takes no key too many.
import { Chat } from "@ai-sdk/react";
import { DefaultChatTransport } from "ai";
import { readUIMessageStream as readStrictly, DefaultChatTransport as StrictTransport } from "ai5";
import { main } from "./run.mjs";

function note(message, seen) {
  delete seen.text;
  delete seen.reasoning;
  for (const part of message?.parts ?? []) {
    if (part.type === "text") seen.add("text", part.text);
    if (part.type === "reasoning") seen.add("reasoning", part.text);
    if (part.type === "tool-weather" || part.type === "dynamic-tool")
      Object.assign(seen, { name: part.toolName ?? part.type.slice(5), arguments: part.input });
  }
  const usage = message?.metadata?.usage;
  if (usage) Object.assign(seen, { input: usage.inputTokens, output: usage.outputTokens });
}

async function react(url, scenario, seen) {
  let failure;
  const chat = new Chat({
    transport: new DefaultChatTransport({ api: `${url}/api/ui/chat` }),
    onError: (error) => (failure = error),
  });
  await chat.sendMessage({ text: scenario });
  note(chat.lastMessage, seen);
  if (failure) throw failure;
}

async function strict(url, scenario, seen) {
  const transport = new StrictTransport({ api: `${url}/api/ui/chat` });
  const messages = [{ id: "1", role: "user", parts: [{ type: "text", text: scenario }] }];
  const stream = await transport.sendMessages({ chatId: "c", messages, trigger: "submit-message" });
  let failure;
  for await (const message of readStrictly({ stream, onError: (error) => (failure = error) })) note(message, seen);
  if (failure) throw failure;
}

await main(process.argv[3] === "react" ? react : strict);
