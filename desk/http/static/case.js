// The reply is kept while it is typed, and looked over. The page works without it.
"use strict";

const writing = document.getElementById("writing");

function line(kind, ...parts) {
  const made = document.createElement("p");
  made.className = kind;
  made.append(...parts);
  return made;
}

function quote(text) {
  const made = document.createElement("q");
  made.textContent = text;
  return made;
}

if (writing !== null) {
  const text = document.getElementById("reply-text");
  const kept = document.getElementById("kept");
  const looked = document.getElementById("looked");
  const base = writing.dataset.base;
  const value = (name) => writing.querySelector(`[name=${name}]`).value;
  let last = text.value;
  let waiting = 0;
  let leaving = false;

  const send = (path) =>
    fetch(`${base}/${path}`, {
      method: "POST",
      keepalive: true,
      body: new URLSearchParams({ csrf: value("csrf"), seen: value("seen"), text: text.value }),
    });

  const keep = async () => {
    if (leaving || text.value === last) return;
    last = text.value;
    try {
      const answer = await send("typed");
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      kept.textContent = `已暂存 ${told.kept}`;
      document.getElementById("others").replaceChildren(...told.others.map((one) => line("warn", one)));
    } catch {
      last = null;
      kept.textContent = "暂存没有成功，请先不要关闭页面；文字仍在上面的框里。";
    }
  };

  const show = (found) => {
    looked.replaceChildren(
      ...found.stops.map((one) => line("stop", `${one.kind}：${one.text}，请删去后再提交。`)),
      ...found.advice.map((one) => line("warn", `${one.problem}：${one.text}`, ...one.quotes.map(quote))),
      ...found.promises.map((one) => line("told", `有承诺：“${one.text}”，${one.due} 前。提交后可一键登记。`)),
    );
    if (found.advice.length > 0) document.getElementById("advised").value = "1";
  };

  const look = async () => {
    if (text.value.trim() === "") {
      looked.replaceChildren();
      return;
    }
    try {
      const asked = text.value;
      const answer = await send("look");
      if (answer.ok && asked === text.value) show(await answer.json());
    } catch {
      // The check is made again when the reply is submitted.
    }
  };

  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      keep();
      look();
    }, 900);
  });
  writing.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(waiting);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) keep();
  });
  if (text.value.trim() !== "") look();
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    from.select();
    try {
      await navigator.clipboard.writeText(from.value);
    } catch {
      document.execCommand("copy"); // over plain http a browser has no clipboard of its own
    }
    button.textContent = "已复制";
  });
}

// A link or an error leads to a form inside a folded list.
const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
