"use strict";
// The FAQs beside the form: found by typing, chosen into the form as if its number had been typed there.
(() => {
  const list = document.getElementById("faq-list");
  const words = document.getElementById("faq-words");
  const found = document.getElementById("faq-found");
  const opener = document.getElementById("faq-open");
  const number = document.getElementById("inquiry").elements.faq;
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const rows = Array.from(list.querySelectorAll("li"), (row) => ({ row, text: plain(row.textContent), button: row.querySelector("button") }));
  const shown = () => rows.filter((one) => !one.row.hidden);

  const filter = () => {
    const wanted = plain(words.value).split(/\s+/).filter(Boolean);
    for (const one of rows) one.row.hidden = !wanted.every((word) => one.text.includes(word));
    found.textContent = `${shown().length}件`;
  };

  const open = (isOpen) => {
    list.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) words.focus();
    else document.activeElement?.blur(); // the keys are the form's again
  };

  const choose = (row) => {
    if (!row) return;
    number.value = row.dataset.faq;
    number.dispatchEvent(new Event("change", { bubbles: true }));
    words.value = "";
    filter();
    open(false);
  };

  const move = (step) => {
    const buttons = shown().map((one) => one.button);
    const at = buttons.indexOf(document.activeElement) + step;
    (at < 0 ? words : buttons[Math.min(at, buttons.length - 1)])?.focus();
  };

  // The form's own keys come after these: what is done here goes no further.
  list.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.code === "Escape") open(false);
    else if (event.code === "ArrowDown") move(1);
    else if (event.code === "ArrowUp") move(document.activeElement === words ? 0 : -1);
    else if (event.code === "Enter" || event.code === "NumpadEnter") {
      if (!event.ctrlKey) choose(event.target === words ? shown()[0]?.row : event.target.closest("li"));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    if (event.target.closest("button")) choose(row);
  });
  words.addEventListener("input", filter);
  opener.addEventListener("click", () => open(list.hidden));
  document.addEventListener("keydown", (event) => {
    const isTyped = event.target.matches("input:not([type=radio], [type=checkbox]), select, textarea");
    if (event.isComposing || isTyped || event.ctrlKey || event.altKey || event.metaKey || event.code !== "KeyQ") return;
    open(list.hidden);
    event.preventDefault();
  });
})();
