"use strict";
// Without this script every step is open. With it, steps unfold one by one, and what is too wide scrolls by keyboard.
(() => {
  const find = (id) => document.getElementById(id);
  const steps = [...document.querySelectorAll("[data-step]")];
  const groups = [...document.querySelectorAll("details")];
  const tools = find("tools");
  const [stepwise, walk, back, next, progress, dark] = ["stepwise", "walk", "back", "next", "progress", "dark"].map(find);
  const walking = () => stepwise.getAttribute("aria-pressed") === "true";
  const within = (group) => steps.filter((step) => group.contains(step));
  let shown = steps.length;

  function show(count) {
    shown = Math.min(Math.max(count, 0), steps.length);
    steps.forEach((step, index) => {
      if (step.localName !== "details") step.hidden = index >= shown;
      step.classList.toggle("current", walking() && index === shown - 1);
    });
    for (const group of groups) group.open = within(group).some((step) => steps.indexOf(step) < shown);
    back.disabled = shown === 0;
    next.disabled = shown === steps.length;
    progress.textContent = tools.dataset.progress.replace("<n>", shown).replace("<total>", steps.length);
    if (walking() && shown) steps[shown - 1].scrollIntoView({ block: "nearest" });
  }

  for (const group of groups) {
    group.querySelector("summary").addEventListener("click", (event) => {
      if (!walking()) return;
      event.preventDefault();
      const inside = within(group);
      show(steps.indexOf(inside[0]) + (group.open ? 0 : inside.length));
    });
  }
  stepwise.addEventListener("click", () => {
    stepwise.setAttribute("aria-pressed", String(!walking()));
    walk.hidden = !walking();
    show(walking() ? 1 : steps.length);
  });
  next.addEventListener("click", () => show(shown + 1));
  back.addEventListener("click", () => show(shown - 1));
  document.addEventListener("keydown", (event) => {
    const turn = { ArrowRight: 1, n: 1, ArrowLeft: -1, p: -1 }[event.key];
    if (!walking() || !turn || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("[role=region]")) return;
    event.preventDefault();
    show(shown + turn);
  });

  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const mark = (isDark) => dark.setAttribute("aria-pressed", String(isDark));
  dark.addEventListener("click", () => {
    const isDark = dark.getAttribute("aria-pressed") !== "true";
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    mark(isDark);
  });
  darkness.addEventListener("change", () => mark(darkness.matches));
  mark(darkness.matches);

  function regions() {
    for (const wide of document.querySelectorAll(".wide")) {
      const overflows = wide.scrollWidth > wide.clientWidth + 1;
      for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", tools.dataset.region]]) {
        if (overflows) wide.setAttribute(name, value);
        else wide.removeAttribute(name);
      }
    }
  }
  new ResizeObserver(regions).observe(document.querySelector("main"));

  stepwise.hidden = steps.length < 2;
  tools.hidden = false;
})();
