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

// On a narrow screen the sections stand in one row: the one that is open is in sight.
for (const here of document.querySelectorAll(".side [aria-current], .tabs [aria-current]")) {
  const row = here.closest(".side, .tabs");
  row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}

// On a phone the list comes first; the form that narrows it is opened when it is wanted.
const filters = document.getElementById("filters");
if (filters !== null && matchMedia("(max-width: 720px)").matches) filters.open = false;

// The sample accounts on the sign-in page fill the form in.
for (const button of document.querySelectorAll("button[data-account]")) {
  button.addEventListener("click", () => {
    document.querySelector("[name=account]").value = button.dataset.account;
    document.querySelector("[name=password]").value = button.dataset.password;
    document.querySelector(".login form").requestSubmit();
  });
}
