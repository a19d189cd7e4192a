// Runs the scenarios of one client and prints what it read, as one JSON object.

export const weather = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
};

export class Seen {
  add(key, piece) {
    if (piece) this[key] = (this[key] ?? "") + piece;
  }
}

export async function main(ask) {
  const url = process.argv[2];
  const out = {};
  for (const scenario of ["text", "reasoning", "tool", "usage", "error"]) {
    const seen = new Seen();
    try {
      await ask(url, scenario, seen);
    } catch (error) {
      seen.raised = true;
      seen.error = `${error.name}: ${error.message}`;
    }
    if (typeof seen.arguments === "string") seen.arguments = JSON.parse(seen.arguments);
    out[scenario] = seen;
  }
  console.log(JSON.stringify(out));
}
