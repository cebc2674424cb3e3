// The ledger: ticking lines, what a bulk action needs, and the progress of a job.
"use strict";

const bulk = document.getElementById("bulk");

function ticks() {
  return [...bulk.querySelectorAll("input[name=case]")];
}

function tell() {
  const bar = document.getElementById("bulk-bar");
  const all = document.getElementById("tick-all");
  const chosen = ticks().filter((one) => one.checked).length;
  const every = all !== null && all.checked;
  document.getElementById("ticked").textContent = every ? "全部" : String(chosen);
  bar.classList.toggle("shown", chosen > 0 || every);
  const page = document.getElementById("tick-page");
  page.checked = chosen > 0 && chosen === ticks().length;
  page.indeterminate = chosen > 0 && !page.checked;
  const action = document.getElementById("bulk-action").value;
  for (const field of bar.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(action);
  }
}

if (bulk !== null && document.getElementById("bulk-bar") !== null) {
  let last = null;
  bulk.addEventListener("change", (event) => {
    if (event.target.id === "tick-page") {
      for (const one of ticks()) one.checked = event.target.checked;
    }
    tell();
  });
  // With Shift, everything between two ticks.
  bulk.addEventListener("click", (event) => {
    if (event.target.name !== "case") return;
    const all = ticks();
    const at = all.indexOf(event.target);
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, at), Math.max(last, at)];
      for (const one of all.slice(from, to + 1)) one.checked = event.target.checked;
    }
    last = at;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea") !== null) return;
    const row = document.activeElement.closest("tr");
    const tick = row === null ? null : row.querySelector("input[name=case]");
    if (tick === null) return;
    tick.checked = !tick.checked;
    tell();
  });
  bulk.addEventListener("submit", (event) => {
    const exporting = event.submitter !== null && event.submitter.formAction.endsWith("/ledger/export");
    const all = document.getElementById("tick-all");
    const number = all !== null && all.checked ? "全部筛选出的" : `${ticks().filter((one) => one.checked).length} 件`;
    const word = document.getElementById("bulk-action").selectedOptions[0].textContent;
    if (!exporting && !confirm(`对${number}事项${word}？每件都记入办理过程。`)) event.preventDefault();
  });
  tell();
}

// One menu at a time, and Escape closes it.
const menus = [...document.querySelectorAll("details.menu")];
for (const menu of menus) {
  menu.addEventListener("toggle", () => {
    if (menu.open) for (const other of menus) if (other !== menu) other.open = false;
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of menus) menu.open = false;
});

const job = document.getElementById("job");

async function follow() {
  try {
    const answer = await fetch(`/jobs/${job.dataset.job}/progress`, { cache: "no-store" });
    if (!answer.ok) return;
    const now = await answer.json();
    document.getElementById("progress").value = now.handled;
    document.getElementById("handled").textContent = String(now.handled);
    if (!now.running) location.reload();
  } catch {
    // The next look will tell.
  }
}

if (job !== null && job.dataset.running === "yes") setInterval(follow, 1000);
