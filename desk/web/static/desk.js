// Keys, and a quiet word when something changed. The pages work without it.
"use strict";

const isTyping = (target) => target.closest("input, select, textarea, [contenteditable]") !== null;

function move(step) {
  const lines = [...document.querySelectorAll("a[data-line]")];
  if (lines.length === 0) return;
  const at = lines.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + step));
  lines[next].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target)) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("find").focus();
  } else if (event.key === "j") {
    move(1);
  } else if (event.key === "k") {
    move(-1);
  }
});

// On a phone the list comes first; whoever wants to narrow it opens the form.
const filters = document.getElementById("filters");
if (filters !== null && matchMedia("(max-width: 720px)").matches) filters.open = false;

const shown = document.body.dataset.revision;
const stream = document.getElementById("stream");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    const health = await answer.json();
    if (String(health.revision) !== shown) document.getElementById("news").hidden = false;
    stream.textContent = health.stream;
    stream.title = health.detail;
    stream.className = health.ok ? "stream ok" : "stream late";
  } catch {
    stream.textContent = "断开";
    stream.title = "联系不上回音，可能已经停止";
    stream.className = "stream late";
  }
}

if (shown !== undefined && stream !== null) setInterval(look, 15000);
