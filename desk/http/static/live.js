// One stream of server-sent events a page: how the data is doing, and that something is new.
"use strict";

const live = (() => {
  const stream = document.getElementById("stream");
  const news = document.getElementById("news");
  const shown = document.body.dataset.revision;
  const today = document.getElementById("today") !== null;
  const calls = document.getElementById("queue") !== null;
  const handlers = [];
  let source = null;
  let mine = null;
  let timer = null;

  function say(word, detail, tone) {
    stream.textContent = word;
    stream.title = detail;
    stream.className = `stream ${tone}`;
  }

  // How much waits for this person, beside each section.
  function count(waiting) {
    for (const shown of document.querySelectorAll(".side [data-count]")) {
      const number = waiting[shown.dataset.count] || "";
      shown.textContent = number;
      shown.hidden = number === "";
    }
  }

  function state(event) {
    const now = JSON.parse(event.data);
    say(now.word, now.detail, now.tone);
    count(now.waiting);
    call.heard(now.calls);
    if (today) return;
    // Whoever has a queue hears when it changes, everybody else of everything.
    const changed = now.mine ? mine !== null && now.mine !== mine : String(now.revision) !== shown;
    if (now.mine && mine === null) mine = now.mine;
    if (changed) news.hidden = false;
  }

  function open() {
    clearTimeout(timer);
    if (source !== null) return;
    source = new EventSource(today ? "/live?today=1" : "/live");
    source.addEventListener("state", state);
    source.addEventListener("today", (event) => {
      for (const handler of handlers) handler(JSON.parse(event.data));
    });
    source.addEventListener("over", () => {
      close();
      say("已退出", "登录已结束，请重新登录", "late");
      const link = news.querySelector("a");
      link.href = "/login";
      link.textContent = "登录已结束，请重新登录";
      news.hidden = false;
    });
    source.addEventListener("error", () => {
      say("断开", "联系不上回音，可能已经停止；会自动重连", "late");
      // The browser tries again by itself, unless the server gave another answer.
      if (source !== null && source.readyState === EventSource.CLOSED) {
        close();
        timer = setTimeout(open, 15000);
      }
    });
  }

  function close() {
    if (source !== null) source.close();
    source = null;
  }

  if (shown !== undefined && stream !== null && document.querySelector(".account") !== null) {
    open();
    // A browser keeps six connections to a server: pages in the background give theirs back, but
    // for those that are left open to hear of what is new.
    document.addEventListener("visibilitychange", () => {
      if (today || calls) return;
      if (document.hidden) close();
      else open();
    });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) open();
    });
  }
  return { onToday: (handler) => handlers.push(handler) };
})();
