"use strict";
// Drafts of records. What is kept in the browser (localStorage) is codes only, each draft under a random id of its own; words
// and contacts stay in this page's memory: the browser writes its stores to disk in clear (docs/threat-model.md).
const CODES = ["key", "call", "subject", "handling", "voice", "stance", "ward", "age_band", "channel", "faq", "reason", "corrects"];

class Drafts {
  constructor(staff, store) {
    this.prefix = `madoguchi.draft.${staff}.`;
    this.store = store;
    this.words = new Map();
  }

  static newKey() {
    // crypto.randomUUID is there in trusted connections only
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  keep(draft) {
    const codes = { flags: draft.flags, lacks_words: Boolean(draft.summary || draft.contact) };
    for (const name of CODES) codes[name] = draft[name];
    this.words.set(draft.key, { summary: draft.summary, contact: draft.contact });
    try {
      this.store.setItem(this.prefix + draft.key, JSON.stringify(codes));
    } catch {
      // a browser without a store: the draft lives as long as the page
    }
  }

  forget(key) {
    this.words.delete(key);
    this.store.removeItem(this.prefix + key);
  }

  all() {
    const found = [];
    for (let at = 0; at < this.store.length; at += 1) {
      const name = this.store.key(at);
      if (!name.startsWith(this.prefix)) continue;
      try {
        const codes = JSON.parse(this.store.getItem(name));
        const words = this.words.get(codes.key);
        found.push({ summary: "", contact: "", ...codes, ...words, lacks_words: !words && codes.lacks_words });
      } catch {
        this.store.removeItem(name);
      }
    }
    return found;
  }

  get hasWords() {
    return Array.from(this.words.values()).some((one) => one.summary || one.contact);
  }
}
