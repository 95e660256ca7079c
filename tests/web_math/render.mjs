// node render.mjs RENDERER: formulas in, one JSON string of LaTeX a line; out, a line of JSON for each, with `mathml`
// (what the renderer read, once it has drawn it) or `error` (why it refused). RENDERER: katex, mathjax, mathjax-3.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const load = createRequire(import.meta.url);

const warnings = [];
console.warn = (...words) => warnings.push(words.join(" "));

function katex() {
  const { renderToString } = load("katex");
  const settings = { displayMode: true, throwOnError: true, strict: "error", trust: false };
  return (latex) => {
    renderToString(latex, { ...settings, output: "html" });
    return renderToString(latex, { ...settings, output: "mathml" });
  };
}

// Only what every page has without asking; `boldsymbol` is loaded when the command is met, which needs a network.
const COMMANDS = ["base", "ams", "boldsymbol"];
const COMPONENTS = ["input/tex-base", "[tex]/ams", "[tex]/boldsymbol", "output/svg", "adaptors/liteDOM"];

async function mathjax(module) {
  const formatError = (_, error) => {
    throw error;
  };
  const MathJax = await load(module).init({
    loader: { load: COMPONENTS, versionWarnings: false },
    tex: { packages: COMMANDS, formatError },
    svg: { fontCache: "none" },
    startup: { typeset: false },
  });
  return async (latex) => {
    await MathJax.tex2svgPromise(latex, { display: true });
    return MathJax.tex2mml(latex, { display: true });
  };
}

const RENDERERS = { katex, mathjax: () => mathjax("mathjax"), "mathjax-3": () => mathjax("mathjax-3") };

async function rendered(render, latex) {
  warnings.length = 0;
  try {
    const mathml = await render(latex);
    return warnings.length ? { error: warnings.join("; ") } : { mathml };
  } catch (error) {
    return { error: error.message };
  }
}

const render = await RENDERERS[process.argv[2]]();
for (const line of (await text(process.stdin)).split("\n").filter(Boolean)) {
  process.stdout.write(`${JSON.stringify(await rendered(render, JSON.parse(line)))}\n`);
}
