// Comfort only: everything works without. Short addresses for filters; j k Enter / a r ? on the keyboard; verdicts without a reload.
"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  const filters = one("form.filters");
  if (filters) {
    filters.addEventListener("submit", () => {
      for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
    });
    window.addEventListener("pageshow", () => { for (const field of filters.elements) field.disabled = false; });
  }

  const entries = all(".ledger > li");
  let here = -1;
  const move = (to) => {
    if (!entries.length) return;
    here = Math.max(0, Math.min(entries.length - 1, to));
    entries.forEach((entry, place) => entry.toggleAttribute("data-here", place === here));
    const link = one("h2 a", entries[here]);
    link.focus({ preventScroll: true });
    entries[here].scrollIntoView({ block: "nearest" });
  };

  const help = one("#help");
  const verdict = one("form.verdict");
  const keys = {
    "/": () => { const search = one("#q"); if (search) search.focus(); },
    j: () => move(here + 1),
    k: () => move(here - 1),
    a: () => { const button = verdict && one("button[value=accepted]", verdict); if (button) button.focus(); },
    r: () => { const reason = verdict && one("#reason", verdict); if (reason) { reason.focus(); reason.dataset.rejects = ""; } },
    "?": () => { if (help) help.showModal(); },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (help && help.open) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  all("[data-help]").forEach((button) => button.addEventListener("click", () => help && help.showModal()));

  if (verdict) {
    const reason = one("#reason", verdict);
    reason.addEventListener("blur", () => delete reason.dataset.rejects);
    reason.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && "rejects" in reason.dataset) { event.preventDefault(); one("button[value=rejected]", verdict).click(); }
    });
    verdict.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = new URLSearchParams(new FormData(verdict));
      fields.set("verdict", event.submitter.value);
      const told = one(".told", verdict);
      try {
        const answer = await fetch(verdict.action, { method: "POST", body: fields, headers: { Accept: "application/json" } });
        const found = await answer.json();
        told.textContent = answer.ok ? `Kept: ${found.verdict}.` : found.detail;
        told.classList.toggle("error", !answer.ok);
        if (!answer.ok) return;
        const list = one("#verdicts");
        const line = document.createElement("li");
        line.textContent = `${found.verdict[0].toUpperCase()}${found.verdict.slice(1)} just now by ${found.by}${found.reason ? `: ${found.reason}` : ""}`;
        list.prepend(line);
        list.hidden = false;
        reason.value = "";
      } catch {
        told.textContent = "The service did not answer; nothing was kept.";
        told.classList.add("error");
      }
    });
  }
})();
