// Progress of what is being made, and the periods of the kind that is chosen.
"use strict";

for (const choice of document.querySelectorAll("[data-kind]")) {
  const form = choice.form;
  const show = () => {
    const chosen = choice.selectedOptions[0];
    const range = chosen.value === "range";
    const of = chosen.dataset.period || chosen.value;
    const groups = [...form.elements.period.querySelectorAll("[data-of]")];
    for (const group of groups) group.hidden = group.disabled = group.dataset.of !== of;
    const shown = groups.find((group) => group.dataset.of === of);
    if (shown && form.elements.period.selectedOptions[0]?.parentElement !== shown) shown.firstElementChild.selected = true;
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = (part.dataset.for === "range") !== range;
  };
  choice.addEventListener("change", show);
  show();
}

const running = () => [...document.querySelectorAll("[data-job]:not([data-ended])")];

async function look() {
  const answer = await fetch("/reports/jobs", { cache: "no-store" });
  if (!answer.ok) return;
  for (const job of await answer.json()) {
    const line = document.querySelector(`[data-job="${job.id}"]:not([data-ended])`);
    if (line === null) continue;
    if (job.ended) location.reload();
    const bar = line.querySelector("progress");
    bar.max = job.total || 1;
    bar.value = job.done;
    line.querySelector("[role=status]").textContent = `${job.done}/${job.total} 件`;
  }
}

if (running().length > 0) setInterval(() => look().catch(() => undefined), 1000);
