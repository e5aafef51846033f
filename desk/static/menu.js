"use strict";
// Numbers beside the menu, and what is urgent above everything, whatever page is open. Nobody is kept logged in by it.
{
  const menu = document.getElementById("menu");
  const urgent = document.getElementById("urgent");
  const every = menu.dataset.pushed ? 3000 : 30000;
  const show = (told) => {
    for (const link of menu.querySelectorAll("a")) {
      const number = told.counts[link.getAttribute("href")];
      link.querySelector("strong").textContent = number ? ` ${number}` : "";
    }
    const text = told.urgent ? `緊急の申し出 ${told.urgent}件：市へ電話し、「市への報告・引継ぎ」に書いてください。` : "";
    const link = urgent.querySelector("a");
    if (link.textContent !== text) link.textContent = text;
    urgent.hidden = !text;
  };
  const ask = async () => {
    if (document.hidden && !menu.dataset.pushed) return;
    try {
      const answer = await fetch("/counts", { headers: { Accept: "application/json" } });
      if (answer.ok) show(await answer.json());
    } catch {
      // the page itself says when the server is out of reach
    }
  };
  window.setInterval(ask, every);
  document.addEventListener("visibilitychange", ask);
  void ask();
}
