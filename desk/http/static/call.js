// A new call: one line on top of the open page and two short tones, which this browser makes itself.
"use strict";

const call = (() => {
  const place = document.getElementById("call");
  const button = document.getElementById("sound");
  const account = document.body.dataset.account;
  const known = `huiyin-call-${account}`;
  const muted = `huiyin-quiet-${account}`;
  let audio = null;

  // Storage may be switched off; then a page remembers for itself alone.
  const kept = new Map();
  function read(key) {
    try {
      return localStorage.getItem(key) ?? kept.get(key) ?? "";
    } catch {
      return kept.get(key) ?? "";
    }
  }
  function write(key, value) {
    kept.set(key, value);
    try {
      localStorage.setItem(key, value);
    } catch {
      // Remembered above.
    }
  }

  const off = () => read(muted) === "1";

  function label() {
    button.textContent = off() ? "提示音：关" : "提示音：开";
    button.setAttribute("aria-pressed", String(!off()));
  }

  // A browser lets a page sound only after a person has pressed something on it.
  function ready() {
    if (audio === null && "AudioContext" in window) audio = new AudioContext();
    if (audio !== null && audio.state === "suspended") audio.resume();
  }

  function tone(frequency, after) {
    const from = audio.currentTime + after;
    const sound = audio.createOscillator();
    const loud = audio.createGain();
    sound.frequency.value = frequency;
    loud.gain.setValueAtTime(0.0001, from);
    loud.gain.exponentialRampToValueAtTime(0.3, from + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.0001, from + 0.3);
    sound.connect(loud).connect(audio.destination);
    sound.start(from);
    sound.stop(from + 0.3);
  }

  function sound() {
    if (off()) return;
    ready();
    if (audio === null || audio.state !== "running") return;
    tone(880, 0);
    tone(660, 0.35);
    place.dataset.sounded = String(Number(place.dataset.sounded || "0") + 1);
  }

  function show(now) {
    const link = place.querySelector("a");
    link.href = now.href;
    link.textContent = `${now.text}，点此查看`;
    place.hidden = false;
  }

  // `now`: the newest calls of this person. What this browser has told already is no news, nor is
  // what was there before it listened for the first time.
  function heard(now) {
    if (place === null || !now) return;
    const last = read(known);
    const told = last.split(" ");
    const fresh = now.filter((one) => !told.includes(one.mark));
    if (last !== "" && fresh.length === 0) return;
    write(known, ["-", ...now.map((one) => one.mark), ...told.slice(1)].slice(0, 200).join(" "));
    if (last === "") return;
    show(fresh[0]);
    sound();
  }

  if (place !== null) {
    label();
    button.addEventListener("click", () => {
      write(muted, off() ? "0" : "1");
      label();
      sound();
    });
    place.querySelector("button").addEventListener("click", () => {
      place.hidden = true;
    });
    document.addEventListener("pointerdown", ready, { once: true });
    document.addEventListener("keydown", ready, { once: true });
  }
  return { heard };
})();
