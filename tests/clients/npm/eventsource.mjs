// eventsource (the browser's EventSource) and eventsource-parser, on our own events.
import { EventSource } from "eventsource";
import { EventSourceParserStream } from "eventsource-parser/stream";
import { main } from "./run.mjs";

function note(event, seen) {
  if (event.type === "text-delta") seen.add("text", event.text);
  if (event.type === "reasoning-delta") seen.add("reasoning", event.text);
  if (event.type === "tool-call") Object.assign(seen, { name: event.name, arguments: event.input });
  if (event.type === "usage") Object.assign(seen, { input: event.input_tokens, output: event.output_tokens });
  if (event.type === "error") seen.raised = true;
  return event.type === "finish" || event.type === "error";
}

function browser(url, scenario, seen) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`${url}/events?scenario=${scenario}`);
    const end = (settle) => {
      source.close();
      settle();
    };
    source.onmessage = ({ data }) => {
      if (note(JSON.parse(data), seen)) end(resolve);
    };
    source.onerror = (error) => end(() => reject(error));
  });
}

async function parser(url, scenario, seen) {
  const response = await fetch(`${url}/events?scenario=${scenario}`);
  const frames = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of frames) if (data.startsWith("{")) note(JSON.parse(data), seen);
}

await main(process.argv[3] === "eventsource" ? browser : parser);
