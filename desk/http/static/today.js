// The first page: new lines and alerts appear in their place, alerts are taken note of,
// and cases assigned, without leaving the list.
"use strict";

const board = document.getElementById("today");

if (board !== null) {
  const alerts = document.getElementById("alerts");
  const hand = document.getElementById("hand");
  const returns = document.getElementById("returns");
  const chosen = new Set();

  const headers = () => ({ "X-CSRF-Token": board.dataset.csrf, Accept: "application/json" });

  async function post(address, values) {
    const answer = await fetch(address, { method: "POST", headers: headers(), body: new URLSearchParams(values) });
    const type = answer.headers.get("content-type") || "";
    const said = type.includes("json") ? await answer.json() : null;
    if (answer.ok) return said;
    const problem = new Error(said !== null && said.error ? said.error.message : "没有办成，请刷新页面再试。");
    problem.status = answer.status;
    throw problem;
  }

  // -- what is new ------------------------------------------------------------

  function fresh(element) {
    element.classList.add("fresh");
    const mark = document.createElement("span");
    mark.className = "tag new";
    mark.textContent = "新";
    const place = element.querySelector("td.c-title, .kind");
    if (place !== null) place.append(" ", mark);
  }

  // Puts the new lines where they belong, and leaves those alone that are as they were.
  function settle(list, html) {
    const coming = document.createElement("template");
    coming.innerHTML = html;
    const old = new Map([...list.children].map((one) => [one.dataset.id, one]));
    const focused = list.contains(document.activeElement)
      ? document.activeElement.closest("[data-id]")
      : null;
    const focusedId = focused === null ? null : focused.dataset.id;
    const added = [];
    const lines = [...coming.content.children].map((one) => {
      const before = old.get(one.dataset.id);
      if (before !== undefined && before.dataset.html === one.outerHTML) return before;
      one.dataset.html = one.outerHTML;
      if (before === undefined && one.dataset.id !== undefined) added.push(one);
      else if (before !== undefined && before.classList.contains("fresh")) fresh(one);
      return one;
    });
    list.replaceChildren(...lines);
    for (const one of added) fresh(one);
    if (focusedId !== null) {
      const line = lines.find((one) => one.dataset.id === focusedId);
      const link = line === undefined ? list.querySelector("a") : line.querySelector("a, button");
      if (link !== null) link.focus({ preventScroll: true });
    }
  }

  live.onToday((now) => {
    for (const [at, link] of [...document.querySelectorAll("#counters a")].entries()) {
      const counter = now.counters[at];
      link.querySelector("b").textContent = counter.value.toLocaleString("en-US");
      link.className = counter.value > 0 ? counter.tone : "";
    }
    settle(alerts, now.alerts);
    settle(hand, now.hand);
    if (!board.querySelector("#returns details[open]")) settle(returns, now.returns);
    document.getElementById("events").innerHTML = now.events;
    document.getElementById("events-panel").hidden = now.events.trim() === "";
    document.getElementById("unseen").innerHTML = now.unseen;
    document.getElementById("unseen-panel").hidden = now.unseen.trim() === "";
    document.getElementById("returns-panel").hidden = returns.children.length === 0;
    document.getElementById("nothing").hidden = hand.children.length > 0;
    for (const row of hand.children) row.classList.toggle("chosen", chosen.has(row.dataset.id));
  });

  // The page itself was rendered a moment ago: its own lines are known.
  for (const one of [...alerts.children, ...returns.children, ...hand.children]) one.dataset.html = "";

  // -- taking note ---------------------------------------------------------------

  // What was raised a moment ago is shown before it is on the books of the sender.
  async function acknowledge(form) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await post(form.getAttribute("action"), { alert: form.elements.alert.value });
      } catch (problem) {
        if (problem.status !== 404 || tries === 5) throw problem;
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  alerts.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const said = await acknowledge(form);
      const known = document.createElement("span");
      known.className = "ack";
      known.textContent = `✓ ${said.by} 已知悉`;
      form.closest("li").classList.add("known");
      form.replaceWith(known);
    } catch (problem) {
      button.disabled = false;
      button.title = problem.message;
      button.textContent = "再按一次";
    }
  });

  // -- what one press does ---------------------------------------------------------

  // The line goes with the next look at the data, which a press brings about.
  board.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-press]");
    if (form === null) return;
    event.preventDefault();
    const line = form.closest("[data-id]");
    const buttons = [...line.querySelectorAll("button")];
    const problem = line.querySelector(".problem");
    for (const one of buttons) one.disabled = true;
    problem.hidden = true;
    try {
      await post(form.getAttribute("action"), new FormData(form));
      for (const fold of line.querySelectorAll("details")) fold.open = false;
      line.dataset.html = "";
      line.classList.add("assigned");
      if (line.parentElement === returns) line.remove();
    } catch (refusal) {
      for (const one of buttons) one.disabled = false;
      problem.textContent = refusal.message;
      problem.hidden = false;
    }
  });

  // -- assigning -------------------------------------------------------------------

  const dialog = document.getElementById("assign");

  if (dialog !== null) {
    const find = document.getElementById("assign-find");
    const units = [...document.querySelectorAll("#assign-units label")];
    const list = document.getElementById("assign-units");
    const natural = [...units];
    const problem = document.getElementById("assign-problem");
    const reason = document.getElementById("assign-reason");
    let rows = [];
    let attempt = "";

    const picked = () => list.querySelector("input:checked");

    function narrow() {
      const wanted = find.value.trim().toLowerCase();
      for (const one of units) one.hidden = !one.dataset.names.toLowerCase().includes(wanted);
      const left = units.filter((one) => !one.hidden);
      if (wanted !== "" && left.length > 0 && (picked() === null || picked().closest("label").hidden)) {
        list.querySelector("label:not([hidden]) input").checked = true;
      }
    }

    function open(lines) {
      rows = lines;
      attempt = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
      const again = rows.some((row) => row.dataset.unit !== "待派");
      document.getElementById("assign-head").textContent = again ? "改派" : "派单";
      document.getElementById("assign-go").textContent = again ? "改派" : "派单";
      document.getElementById("assign-what").textContent =
        rows.length === 1 ? rows[0].querySelector("[data-line]").textContent : `${rows.length} 件事项`;
      const suggested = rows.length === 1 ? rows[0].dataset.suggested.split(" ").filter(Boolean) : [];
      const rank = (one) => {
        const at = suggested.indexOf(one.querySelector("input").value);
        return at < 0 ? suggested.length : at;
      };
      list.replaceChildren(...[...natural].sort((one, other) => rank(one) - rank(other)));
      for (const one of units) {
        one.querySelector("small").textContent = rank(one) < suggested.length ? "建议" : "";
        one.querySelector("input").checked = suggested.length > 0 && rank(one) === 0;
      }
      find.value = "";
      reason.value = "";
      reason.required = again;
      problem.hidden = true;
      narrow();
      list.scrollTop = 0;
      dialog.showModal();
      find.focus();
    }

    function complain(text) {
      problem.textContent = text;
      problem.hidden = false;
    }

    async function go() {
      if (picked() === null) {
        complain("请选择承办单位。");
        return;
      }
      const button = document.getElementById("assign-go");
      button.disabled = true;
      const refused = [];
      for (const row of rows) {
        try {
          const said = await post("/today/assign", {
            case: row.dataset.id,
            seen: row.dataset.seq,
            lead: picked().value,
            reason: reason.value,
            action_id: `${attempt}-${rows.indexOf(row)}`.slice(0, 60),
          });
          const cell = row.querySelector(".c-unit");
          if (cell !== null) cell.firstChild.textContent = said.unit;
          row.dataset.html = "";
          row.classList.add("assigned");
          chosen.delete(row.dataset.id);
        } catch (trouble) {
          refused.push(`${row.querySelector("[data-line]").textContent}：${trouble.message}`);
        }
      }
      button.disabled = false;
      if (refused.length > 0) {
        // Another try is another action: this one has had its answer.
        attempt = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
        complain(refused.join(" "));
      } else {
        dialog.close();
      }
    }

    find.addEventListener("input", narrow);
    document.getElementById("assign-go").addEventListener("click", go);
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.type !== "button" && event.target.tagName !== "BUTTON" && !event.isComposing) {
        event.preventDefault();
        go();
      }
    });
    hand.addEventListener("click", (event) => {
      const button = event.target.closest("button.assign");
      if (button !== null) open([button.closest("tr")]);
    });
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || dialog.open) return;
      if (event.target.closest("input, select, textarea") !== null) return;
      const row = document.activeElement === null ? null : document.activeElement.closest("#hand tr");
      if (event.key === "x" && row !== null) {
        if (chosen.has(row.dataset.id)) chosen.delete(row.dataset.id);
        else chosen.add(row.dataset.id);
        row.classList.toggle("chosen", chosen.has(row.dataset.id));
      } else if (event.key === "a") {
        const ticked = [...hand.children].filter((one) => chosen.has(one.dataset.id));
        const lines = ticked.length > 0 ? ticked : row === null ? [] : [row];
        if (lines.length > 0) {
          event.preventDefault();
          open(lines);
        }
      }
    });
  }
}
