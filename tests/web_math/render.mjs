// node render.mjs RENDERER: formulas in, one JSON string of LaTeX a line; out, a line of JSON for each, with `mathml`
// (what the renderer read) or `error` (why it refused). RENDERER is one of those at the end of this file.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const load = createRequire(import.meta.url);

const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));

function katex(output) {
  const { renderToString } = load("katex");
  const settings = { displayMode: true, throwOnError: true, strict: "error", trust: false, output };
  return (latex) => renderToString(latex, settings);
}

// Only what every page has without asking; `boldsymbol` is loaded when the command is met, which needs a network.
const COMMANDS = ["base", "ams", "boldsymbol"];
const COMPONENTS = ["input/tex-base", "[tex]/ams", "[tex]/boldsymbol"];
const DRAWING = ["output/svg", "adaptors/liteDOM"];

async function mathjax(module, components) {
  const formatError = (_, error) => {
    throw error;
  };
  return await load(module).init({
    loader: { load: components, versionWarnings: false },
    tex: { packages: COMMANDS, formatError },
    svg: { fontCache: "none" },
    startup: { typeset: false },
  });
}

async function reader(module) {
  const MathJax = await mathjax(module, COMPONENTS);
  return (latex) => MathJax.tex2mml(latex, { display: true });
}

async function painter(module) {
  const MathJax = await mathjax(module, [...COMPONENTS, ...DRAWING]);
  return async (latex) => {
    await MathJax.tex2svgPromise(latex, { display: true });
    return "";
  };
}

async function rendered(render, latex) {
  warnings.length = 0;
  try {
    const mathml = await render(latex);
    return warnings.length ? { error: warnings.join("; ") } : { mathml };
  } catch (error) {
    return { error: error.message };
  }
}

const RENDERERS = {
  katex: () => katex("mathml"),
  "katex-drawn": () => katex("html"),
  mathjax: () => reader("mathjax"),
  "mathjax-drawn": () => painter("mathjax"),
  "mathjax-3": () => reader("mathjax-3"),
  "mathjax-3-drawn": () => painter("mathjax-3"),
};

const render = await RENDERERS[process.argv[2]]();
for (const line of (await text(process.stdin)).split("\n").filter(Boolean)) {
  process.stdout.write(`${JSON.stringify(await rendered(render, JSON.parse(line)))}\n`);
}
