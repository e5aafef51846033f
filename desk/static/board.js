"use strict";
// Only what is on the board is put anew; a figure that has the focus keeps it. A hidden page asks nothing.
const board = document.getElementById("board");
const notice = document.getElementById("notice");
const say = (text) => {
  if (notice.textContent !== text) notice.textContent = text;
  notice.classList.toggle("wrong", text !== "");
  board.classList.toggle("old", text !== "");
};

// ---- the alarm: seen in the page and in the tab's title, heard where somebody let it be heard (a browser asks for one press)

const TITLE = document.title;
const button = document.getElementById("sound");
let audio = null;
const ring = () => {
  const begin = audio.currentTime;
  for (const [after, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    tone.frequency.value = pitch;
    level.gain.value = 0.15;
    tone.connect(level).connect(audio.destination);
    tone.start(begin + after);
    tone.stop(begin + after + 0.2);
  }
  button.dataset.rung = String(Number(button.dataset.rung ?? 0) + 1);
};
let wanted = false;
const alarm = () => {
  const isOn = document.getElementById("alarm") !== null || notice.classList.contains("wrong");
  document.title = isOn ? `⚠ ${TITLE}` : TITLE;
  if (isOn && wanted) ring();
};
const shown = () => {
  const isSilent = wanted && audio.state !== "running";
  button.setAttribute("aria-pressed", String(wanted));
  button.textContent = wanted ? "警報音を止める" : "警報音を入れる";
  document.getElementById("silent").textContent = isSilent ? "この端末では音が出ていません。音の設定を確かめてください。" : "";
};
button.addEventListener("click", () => {
  wanted = !wanted;
  audio ??= new AudioContext();
  audio.onstatechange = shown;
  void (wanted ? audio.resume() : audio.suspend());
  shown();
  alarm();
});

const ask = async () => {
  if (document.hidden && !wanted) return;
  try {
    const answer = await fetch("/board/now", { headers: { Accept: "application/json" } });
    if (answer.ok) {
      const text = await answer.text();
      const focused = board.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      board.innerHTML = text;
      if (focused !== null) board.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
      say("");
    } else {
      say(answer.status === 401 ? "ログインし直してください。" : "いまの状況を読めません。");
    }
  } catch {
    say("サーバーに届きません。");
  }
  alarm();
};
window.setInterval(ask, 5000);
document.addEventListener("visibilitychange", ask);
alarm();
