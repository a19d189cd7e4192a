// streaming-markdown on the same deltas: {answers: {name: [delta]}, examples: [markdown]} comes in as JSON; the CPU
// seconds of each answer, and the HTML of each example, go out. Timed with a renderer that does nothing, so only its
// parser counts; the HTML is what its own renderer would put into a page, without a page.
import { readFileSync } from "node:fs";
import * as smd from "streaming-markdown";

const TAGS = {
  [smd.PARAGRAPH]: "p", [smd.BLOCKQUOTE]: "blockquote", [smd.LINE_BREAK]: "br", [smd.RULE]: "hr",
  [smd.HEADING_1]: "h1", [smd.HEADING_2]: "h2", [smd.HEADING_3]: "h3",
  [smd.HEADING_4]: "h4", [smd.HEADING_5]: "h5", [smd.HEADING_6]: "h6",
  [smd.ITALIC_AST]: "em", [smd.ITALIC_UND]: "em", [smd.STRONG_AST]: "strong", [smd.STRONG_UND]: "strong",
  [smd.STRIKE]: "s", [smd.CODE_INLINE]: "code", [smd.RAW_URL]: "a", [smd.LINK]: "a", [smd.IMAGE]: "img",
  [smd.LIST_UNORDERED]: "ul", [smd.LIST_ORDERED]: "ol", [smd.LIST_ITEM]: "li",
  [smd.CODE_BLOCK]: "code", [smd.CODE_FENCE]: "code",
};
const VOID = new Set(["br", "hr", "img"]);

const escape = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function html(node) {
  if (typeof node === "string") return escape(node);
  const inside = node.children.map(html).join("");
  if (!node.tag) return inside;
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escape(String(value))}"`);
  const open = `<${node.tag}${attributes.join("")}>`;
  const whole = VOID.has(node.tag) ? open : `${open}${inside}</${node.tag}>`;
  return node.block ? `<pre>${whole}</pre>` : whole;
}

function treeRenderer() {
  const root = { children: [], attributes: {} };
  const path = [root];
  const renderer = {
    data: null,
    add_token(_, type) {
      const block = type === smd.CODE_BLOCK || type === smd.CODE_FENCE;
      const node = { tag: TAGS[type] ?? (type === smd.DOCUMENT ? "" : "other"), block, children: [], attributes: {} };
      path.at(-1).children.push(node);
      path.push(node);
    },
    end_token() { path.pop(); },
    add_text(_, text) { path.at(-1).children.push(text); },
    set_attr(_, type, value) { path.at(-1).attributes[smd.attr_to_html_attr(type)] = value; },
  };
  return [root, renderer];
}

function nothing() {
  return { data: null, add_token() {}, end_token() {}, add_text() {}, set_attr() {} };
}

function run(renderer, deltas) {
  const parser = smd.parser(renderer);
  for (const delta of deltas) smd.parser_write(parser, delta);
  smd.parser_end(parser);
}

function seconds(deltas) {
  const before = process.cpuUsage();
  run(nothing(), deltas);
  const spent = process.cpuUsage(before);
  return (spent.user + spent.system) / 1e6;
}

function page(markdown) {
  const [root, renderer] = treeRenderer();
  run(renderer, [...markdown]);
  return html(root);
}

const { answers, examples } = JSON.parse(readFileSync(0, "utf8"));
const cpu = Object.fromEntries(Object.entries(answers).map(([name, deltas]) => [name, seconds(deltas)]));
console.log(JSON.stringify({ cpu, html: examples.map(page) }));
