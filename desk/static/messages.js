"use strict";
// A player only says that it failed: why is asked of the server, and said below it. One plays at a time.
for (const player of document.querySelectorAll("audio")) {
  const said = player.parentElement.querySelector("[role=alert]");
  player.addEventListener("play", () => {
    said.textContent = "";
    for (const other of document.querySelectorAll("audio")) if (other !== player) other.pause();
  });
  player.addEventListener("error", async () => {
    try {
      const answer = await fetch(player.src, { headers: { Accept: "application/json", Range: "bytes=0-0" } });
      said.textContent = answer.ok ? "この形式の録音は再生できません。" : (await answer.json()).error;
      if (answer.status === 401) said.textContent = "ログインし直してください。";
    } catch {
      said.textContent = "サーバーに届きません。";
    }
  });
}
