"use strict";
// Ctrl+Enter hands in from any field, as on the page of the record.
document.querySelector("form.entry").addEventListener("keydown", (event) => {
  if (event.ctrlKey && (event.code === "Enter" || event.code === "NumpadEnter") && !event.isComposing) {
    event.preventDefault();
    event.currentTarget.requestSubmit();
  }
});
