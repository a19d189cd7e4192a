// Shows an answer that comes as patches: [{op: "append" | "replace" | "close", block, html}, ...]
//
//     const show = patcher(document.getElementById("answer"));
//     source.onmessage = (event) => show(JSON.parse(event.data));
//
// Blocks are found by their `data-block`; block 0 is the element given here. The HTML was made by slipstream, which lets
// no markup of the text through; what is parsed in a <template> runs no script in any case.

/**
 * @param {Element} root the element that shows the answer; it should be empty
 * @param {(element: Element) => void} [closed] called with each block that will not change any more, innermost first,
 *     so that a page can highlight code or typeset formulas in it
 * @returns {(patches: {op: string, block: number, html: string}[]) => void} applies patches, in their order
 */
export function patcher(root, closed) {
  const blocks = new Map([[0, root]]);

  function parse(html) {
    const template = root.ownerDocument.createElement("template");
    template.innerHTML = html;
    for (const element of template.content.querySelectorAll("[data-block]")) {
      blocks.set(Number(element.dataset.block), element);
    }
    return template.content;
  }

  function apply({ op, block, html }) {
    const element = blocks.get(block);
    if (!element) return; // it was taken away
    if (op === "append") {
      element.append(parse(html));
    } else if (op === "replace" && block === 0) {
      blocks.clear();
      blocks.set(0, root);
      root.replaceChildren(parse(html));
    } else if (op === "replace") {
      blocks.delete(block);
      element.replaceWith(parse(html));
    } else if (op === "close") {
      element.normalize(); // the pieces of its text become one
      closed?.(element);
    }
  }

  return (patches) => patches.forEach(apply);
}
