"use strict";
(() => {
  const form = document.getElementById("inquiry");
  const notice = document.getElementById("notice");
  const mode = document.getElementById("mode");
  const waiting = document.getElementById("waiting");
  const drafts = new Drafts(form.dataset.staff, window.localStorage);
  const seen = new Set(Array.from(form.elements.call.options, (option) => option.value));
  const state = { step: "category", category: "", handling: "", second: false, tally: false, active: false, corrects: form.dataset.corrects === "yes", sending: new Set(), queue: Promise.resolve(), discarded: null };
  const GROUPS = { KeyK: "category", KeyH: "handling", KeyV: "voice", KeyT: "stance", KeyW: "ward", KeyG: "age_band", KeyR: "channel", KeyY: "reason" };
  const FLAGS = ["KeyC", "KeyU", "KeyN", "KeyB"];

  const groups = () => Array.from(form.querySelectorAll("fieldset[data-group]"));
  const radios = (name) => Array.from(form.querySelectorAll(`input[name="${name}"]`));
  const chosen = (name) => radios(name).find((one) => one.checked)?.value ?? "";
  const say = (text, isWrong = false) => {
    notice.textContent = text;
    notice.classList.toggle("wrong", isWrong);
  };

  const firstStep = () => {
    if (!chosen("subject")) return "category";
    if (!chosen("handling")) return "handling";
    return state.corrects && !chosen("reason") ? "reason" : "ready";
  };

  // ---- the form as a draft, and back

  const read = () => ({
    key: form.elements.key.value,
    call: form.elements.call.value,
    subject: chosen("subject"),
    handling: chosen("handling"),
    voice: chosen("voice"),
    stance: chosen("stance"),
    ward: chosen("ward"),
    age_band: chosen("age_band"),
    channel: chosen("channel"),
    reason: state.corrects ? chosen("reason") : "",
    corrects: state.corrects ? "yes" : "",
    faq: form.elements.faq.value,
    flags: radios("flags").filter((one) => one.checked).map((one) => one.value),
    summary: form.elements.summary.value,
    contact: form.elements.contact.value,
  });

  const isBlank = () => {
    const draft = read();
    return !(draft.subject || draft.handling || draft.faq || draft.summary || draft.contact || draft.flags.length);
  };

  const write = (draft) => {
    form.elements.key.value = draft.key;
    offerCall(draft.call, draft.call);
    form.elements.call.value = draft.call;
    state.corrects = draft.corrects === "yes";
    for (const name of ["subject", "handling", "voice", "stance", "ward", "age_band", "channel", "reason"]) {
      for (const one of radios(name)) one.checked = one.value === draft[name];
    }
    for (const one of radios("flags")) one.checked = draft.flags.includes(one.value);
    for (const name of ["faq", "summary", "contact"]) form.elements[name].value = draft[name];
    state.category = draft.subject.split("/")[0];
    state.step = firstStep();
    showProblems({});
    show();
  };

  const blank = (call) => ({
    key: Drafts.newKey(), call, subject: "", handling: "", voice: "", stance: "", ward: "", age_band: "", channel: "",
    reason: "", corrects: "", faq: "", flags: [], summary: "", contact: "",
  });

  const offerCall = (value, title) => {
    const options = Array.from(form.elements.call.options);
    const known = options.find((option) => option.value === value);
    if (known) {
      if (value) known.textContent = title === value ? known.textContent : title;
      return;
    }
    const option = new Option(title, value);
    form.elements.call.insertBefore(option, form.elements.call.options[0] ?? null);
  };

  // ---- what is shown

  const show = () => {
    for (const group of groups()) {
      const isItems = group.dataset.group === "item";
      const isReason = group.dataset.group === "reason"; // asked for where a kept record is corrected
      group.classList.toggle("hidden", isReason ? !state.corrects : isItems && group.dataset.items !== state.category);
      group.classList.toggle("now", group.dataset.group === state.step && !group.classList.contains("hidden"));
    }
    for (const one of form.querySelectorAll("[data-category]")) {
      one.classList.toggle("chosen", one.dataset.category === state.category);
    }
    const current = form.querySelector(`[data-items="${CSS.escape(state.category)}"]`);
    Array.from(current?.querySelectorAll("label.choice") ?? []).forEach((label, at) => {
      label.querySelector("kbd").classList.toggle("hidden", (at >= 9) !== state.second);
    });
    mode.textContent = state.tally ? "一打記録：小区分の数字キーだけで登録します（Mで終わる）" : "";
    document.getElementById("length").textContent = `${Array.from(form.elements.summary.value).length}／200字`;
    const kept = drafts.all().filter((draft) => draft.key !== form.elements.key.value && !state.sending.has(draft.key));
    waiting.hidden = kept.length === 0;
    waiting.querySelector("ul").replaceChildren(...kept.map(entryOf));
  };

  const entryOf = (draft) => {
    const button = document.createElement("button");
    button.type = "button";
    const subject = radios("subject").find((one) => one.value === draft.subject);
    const title = subject ? subject.closest("label").lastChild.textContent : "区分未選択";
    button.textContent = `${draft.call.split("|")[0] || "電話以外"}　${title}${draft.lacks_words ? "（要旨は入力し直してください）" : ""}`;
    button.addEventListener("click", () => {
      setAside();
      write(draft);
      if (draft.lacks_words) say("要旨は端末に残していません。入力し直してください。", true);
    });
    const away = document.createElement("button");
    away.type = "button";
    away.className = "plain";
    away.textContent = "捨てる";
    away.setAttribute("aria-label", `${button.textContent} を捨てる`);
    away.addEventListener("click", () => discard(draft));
    const item = document.createElement("li");
    item.append(button, " ", away);
    return item;
  };

  const showProblems = (problems) => {
    for (const place of document.querySelectorAll("[data-wrong]")) {
      place.textContent = (problems[place.dataset.wrong] ?? []).join(" ");
    }
    const first = ["summary", "contact", "faq"].find((name) => problems[name]);
    if (problems.reason) state.corrects = true;
    if (first) form.elements[first].focus();
    else if (problems.handling) state.step = "handling";
    else if (problems.subject) state.step = "category";
    else if (problems.reason) state.step = "reason";
    for (const details of form.querySelectorAll("details")) {
      if (problems.voice || problems.stance || problems.ward || problems.age_band) details.open = true;
    }
  };

  // ---- what keys and clicks do

  const choose = (name, value) => {
    for (const one of radios(name)) one.checked = one.value === value;
  };

  const chooseCategory = (code) => {
    state.category = code;
    state.second = false;
    state.step = "item";
    choose("subject", "");
    keep();
  };

  const choseSubject = () => {
    const isCounted = state.category !== form.dataset.notCounted;
    if (!isCounted) {
      choose("voice", "");
      choose("handling", "");
    } else if (!chosen("voice")) {
      choose("voice", radios("voice")[0]?.value);
    }
    state.step = isCounted ? "handling" : "ready";
    if (state.tally) {
      if (isCounted && !chosen("handling")) choose("handling", state.handling || radios("handling")[0]?.value);
      submit();
      return;
    }
    keep();
  };

  const pick = (number) => {
    if (state.step === "category") {
      const one = form.querySelectorAll("[data-category]")[number - 1];
      if (one) chooseCategory(one.dataset.category);
    } else if (state.step === "item") {
      const items = Array.from(form.querySelectorAll(`[data-items="${CSS.escape(state.category)}"] input`));
      if (number === 0) {
        state.second = items.length > 9 && !state.second;
      } else {
        const one = items[number - 1 + (state.second ? 9 : 0)];
        if (!one) return;
        one.checked = true;
        choseSubject();
      }
    } else if (state.step !== "ready") {
      const one = radios(state.step)[number - 1];
      if (!one) return;
      if (one.checked) { // the same key once more takes it back
        one.checked = false;
        keep();
        return;
      }
      one.checked = true;
      if (state.step === "handling") state.handling = one.value;
      state.step = state.tally && state.category ? "item" : "ready";
      keep();
    }
    show();
  };

  // What is being typed is not what was said to be saved: the notice of the last record goes.
  const keep = () => {
    if (!isBlank()) {
      drafts.keep(read());
      if (!notice.classList.contains("wrong") && state.sending.size === 0) say("");
    } else drafts.forget(form.elements.key.value);
    show();
  };

  const setAside = () => {
    if (!isBlank()) drafts.keep(read());
    else drafts.forget(form.elements.key.value);
  };

  const freshCall = () =>
    Array.from(form.elements.call.options).find((one) => one.value && !one.dataset.done && !/記録 \d+件/.test(one.textContent))?.value ?? "";

  const later = () => {
    if (isBlank()) return;
    setAside();
    write(blank(freshCall()));
    say("「後で書く」に置きました。");
  };

  const second = () => {
    if (isBlank()) say("1件目を入力してから押してください。", true);
    else submit(form.elements.call.value);
  };

  const discard = (draft) => {
    if (!draft) return;
    const isShown = draft.key === form.elements.key.value;
    drafts.forget(draft.key);
    state.discarded = draft;
    if (isShown) write(blank(draft.call));
    say("捨てました（登録していません）。戻すときは Z を押してください。");
    show();
  };

  const restore = () => {
    const draft = state.discarded;
    if (!draft) return;
    state.discarded = null;
    drafts.keep(draft);
    if (isBlank()) write(draft);
    say("捨てた入力を戻しました。");
    show();
  };

  const tally = () => {
    state.tally = !state.tally;
    show();
  };

  const isText = (element) =>
    element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !["radio", "checkbox"].includes(element.type));

  document.addEventListener("keydown", (event) => {
    state.active = true;
    if (event.isComposing || event.keyCode === 229 && isText(event.target)) return;
    if (isText(event.target)) {
      if (event.code === "Escape") event.target.blur();
      if (event.code === "Enter" || event.code === "NumpadEnter") {
        if (event.ctrlKey && !event.repeat) submit();
        if (event.ctrlKey || event.target.name !== "summary") event.preventDefault();
      }
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    const flag = FLAGS.indexOf(event.code);
    if (digit && !event.shiftKey) pick(Number(digit[1]));
    else if (form.querySelector(`[data-group="${GROUPS[event.code]}"]`) && (event.code !== "KeyY" || state.corrects)) {
      state.step = GROUPS[event.code];
      const group = form.querySelector(`[data-group="${state.step}"]`);
      if (group.closest("details")) group.closest("details").open = true;
      show();
    } else if (flag >= 0 && radios("flags")[flag]) {
      const box = radios("flags")[flag];
      box.checked = !box.checked;
      if (box.checked && radios("voice").some((one) => one.value === box.value)) choose("voice", box.value);
      keep();
    } else if (event.code === "KeyF") form.elements.faq.focus();
    else if (event.code === "KeyS") form.elements.summary.focus();
    else if (event.code === "KeyL") later();
    else if (event.code === "KeyX") discard(isBlank() ? null : read());
    else if (event.code === "KeyZ") restore();
    else if (event.code === "KeyM") tally();
    else if (event.code === "KeyA" || event.code === "NumpadAdd" || event.key === "+") second();
    else if (event.code === "Enter" || event.code === "NumpadEnter") {
      const isButton = event.target instanceof HTMLButtonElement || event.target instanceof HTMLAnchorElement || event.target.tagName === "SUMMARY";
      if (isButton && event.target !== document.body && !event.target.dataset.category) return;
      if (!event.repeat) submit();
    } else return;
    event.preventDefault();
  });
  document.addEventListener("pointerdown", () => { state.active = true; });

  form.addEventListener("change", (event) => {
    if (event.target.name === "subject") {
      state.category = event.target.value.split("/")[0];
      choseSubject();
    } else if (event.target.name === "faq") {
      const faq = Array.from(document.querySelectorAll("#faqs option")).find((one) => one.value === event.target.value);
      const handling = radios("handling").find((one) => one.value === "faq");
      if (faq?.dataset.subject && radios("subject").some((one) => one.value === faq.dataset.subject)) {
        choose("subject", faq.dataset.subject);
        state.category = faq.dataset.subject.split("/")[0];
        if (!chosen("voice")) choose("voice", radios("voice")[0]?.value);
      }
      if (faq && handling && !chosen("handling")) handling.checked = true;
      if (chosen("subject") && chosen("handling")) state.step = "ready";
    }
    keep();
  });
  form.addEventListener("input", keep);
  let chosenBefore = null;
  form.addEventListener("pointerdown", (event) => {
    chosenBefore = event.target.closest("label.choice")?.querySelector("input[type=radio]:checked") ?? null;
  });
  form.addEventListener("click", (event) => {
    if (chosenBefore !== null && event.target === chosenBefore && event.target.name !== "subject") {
      event.target.checked = false; // a second click takes it back
      chosenBefore = null;
      keep();
      return;
    }
    const category = event.target.closest("[data-category]");
    if (category) chooseCategory(category.dataset.category);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  document.getElementById("later").addEventListener("click", later);
  document.getElementById("second").addEventListener("click", second);
  document.getElementById("tally").addEventListener("click", tally);
  document.getElementById("discard").addEventListener("click", () => discard(isBlank() ? null : read()));
  window.addEventListener("beforeunload", (event) => {
    if (form.elements.summary.value || form.elements.contact.value || drafts.hasWords) event.preventDefault();
  });

  // ---- the server

  const post = (draft) => fetch("/inquiry", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value, Accept: "application/json" },
    body: JSON.stringify(draft),
  });

  // The form is free for the next record at once, and no field has the keys; what the server refuses comes back, whole.
  const submit = (nextCall = null) => {
    const draft = read();
    if (isBlank()) {
      say("区分を選んでください。", true);
      return;
    }
    drafts.keep(draft);
    state.sending.add(draft.key);
    state.discarded = null;
    const option = Array.from(form.elements.call.options).find((one) => one.value === draft.call);
    if (option && draft.call) option.dataset.done = "1";
    const { tally: isTally, category } = state;
    document.activeElement?.blur();
    write(blank(nextCall ?? freshCall()));
    say("登録しています。");
    if (isTally) {
      state.category = category;
      state.step = "item";
      show();
    }
    state.queue = state.queue.then(() => send(draft));
  };

  const send = async (draft) => {
    try {
      let answer = await post(draft);
      if (answer.status === 403 && await poll()) answer = await post(draft); // logged in anew in another tab
      if (answer.status === 401) back(draft, "ログインし直してください（別のタブで /login を開く）。入力は残っています。");
      else {
        const told = await answer.json();
        if (answer.ok) {
          drafts.forget(draft.key);
          say(`${told.said}${draft.call ? `（通話 ${draft.call.split("|")[0]}）` : ""}`);
        } else back(draft, told.error ?? "登録できません。指摘を確かめてください。", told.problems ?? {});
      }
    } catch {
      back(draft, "サーバーに届きません。入力は残っています。もう一度 Enter を押してください。");
    } finally {
      state.sending.delete(draft.key);
      show();
    }
  };

  const back = (draft, text, problems = {}) => {
    if (isBlank()) {
      write(draft);
      showProblems(problems);
      say(text, true);
    } else say(`前の記録は登録できていません（「後で書く」にあります）。${text}`, true);
    show();
  };

  const poll = async () => {
    const answer = await fetch(`/inquiry/calls?active=${state.active ? 1 : 0}`, { headers: { Accept: "application/json" } });
    state.active = false;
    if (answer.status === 401) {
      say("ログインし直してください（別のタブで /login を開く）。入力は残っています。", true);
      return false;
    }
    if (!answer.ok) return false;
    const told = await answer.json();
    form.elements.csrf.value = told.csrf;
    for (const call of told.calls.toReversed()) {
      const title = call.title + (call.records ? `（記録 ${call.records}件）` : "");
      offerCall(call.value, title);
      if (seen.has(call.value)) continue;
      seen.add(call.value);
      if (isBlank() && !isText(document.activeElement) && !state.tally) form.elements.call.value = call.value;
      else say(`次の通話が終わりました：${call.title}`);
    }
    return true;
  };

  window.setInterval(() => { void poll().catch(() => {}); }, 3000);
  state.category = chosen("subject").split("/")[0];
  state.step = firstStep();
  show();
})();
