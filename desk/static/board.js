"use strict";
// Only what is on the board is put anew: nothing in it takes the focus, so nobody loses it. A hidden page asks nothing.
const board = document.getElementById("board");
const notice = document.getElementById("notice");
const say = (text) => {
  if (notice.textContent !== text) notice.textContent = text;
  notice.classList.toggle("wrong", text !== "");
  board.classList.toggle("old", text !== "");
};
const ask = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch("/board/now", { headers: { Accept: "application/json" } });
    if (answer.ok) {
      board.innerHTML = await answer.text();
      say("");
    } else {
      say(answer.status === 401 ? "ログインし直してください。" : "いまの状況を読めません。");
    }
  } catch {
    say("サーバーに届きません。");
  }
};
window.setInterval(ask, 5000);
document.addEventListener("visibilitychange", ask);
