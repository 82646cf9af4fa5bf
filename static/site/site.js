// What script adds to pages that need none: suggestions in search boxes, a key to reach them,
// buttons that copy and share an address.
"use strict";

(() => {
  const WAIT = 150; // milliseconds without a keystroke before suggestions are asked for

  const composing = (event) => event.isComposing || event.keyCode === 229;

  const writing = (element) =>
    element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName);

  // A row of the list: the name, what it is, and where it leads.
  function option(box, index, name, kind, address) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const note = document.createElement("small");
    item.id = `${box.list.id}-${index}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    link.href = new URL(address, location).pathname;
    link.tabIndex = -1;
    link.dir = "auto";
    link.textContent = name;
    note.textContent = kind;
    item.append(link, note);
    item.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps focus
    item.addEventListener("click", (event) => link.contains(event.target) || link.click());
    return item;
  }

  function close(box) {
    box.list.hidden = true;
    box.list.replaceChildren();
    box.active = -1;
    box.input.setAttribute("aria-expanded", "false");
    box.input.removeAttribute("aria-activedescendant");
  }

  function show(box, [, names, kinds, addresses]) {
    close(box);
    if (!names.length || document.activeElement !== box.input) return;
    box.list.append(...names.map((name, n) => option(box, n, name, kinds[n], addresses[n])));
    box.list.hidden = false;
    box.input.setAttribute("aria-expanded", "true");
  }

  async function ask(box) {
    const words = box.input.value.trim();
    box.asked?.abort();
    if (!words) return close(box);
    box.asked = new AbortController();
    const address = new URL("suggest.json", box.input.form.action);
    address.searchParams.set("q", words);
    try {
      const answer = await fetch(address, { signal: box.asked.signal, credentials: "omit" });
      if (answer.ok) show(box, await answer.json());
    } catch {
      close(box); // a reader who is offline, or who typed on
    }
  }

  // -1 is the box itself: from the last row the way leads back to it.
  function move(box, step) {
    const rows = box.list.children;
    rows[box.active]?.setAttribute("aria-selected", "false");
    box.active = ((box.active + 1 + step + rows.length + 1) % (rows.length + 1)) - 1;
    const row = rows[box.active];
    if (!row) return box.input.removeAttribute("aria-activedescendant");
    row.setAttribute("aria-selected", "true");
    row.scrollIntoView({ block: "nearest" });
    box.input.setAttribute("aria-activedescendant", row.id);
  }

  function pressed(box, event) {
    if (composing(event) || box.list.hidden) return;
    const row = box.list.children[box.active];
    if (event.key === "ArrowDown") move(box, 1);
    else if (event.key === "ArrowUp") move(box, -1);
    else if (event.key === "Escape") close(box);
    else if (event.key === "Enter" && row) row.firstElementChild.click();
    else return;
    event.preventDefault();
  }

  function suggest(input, index) {
    const list = document.createElement("ul");
    const box = { input, list, active: -1, asked: null, timer: 0 };
    const later = () => {
      clearTimeout(box.timer);
      box.timer = setTimeout(ask, WAIT, box);
    };
    list.id = `suggestions-${index}`;
    list.className = "suggestions";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.getAttribute("aria-label") || input.placeholder);
    input.after(list);
    input.autocomplete = "off";
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list" }))
      input.setAttribute(name, value);
    input.setAttribute("aria-controls", list.id);
    close(box);
    input.addEventListener("input", (event) => composing(event) || later());
    input.addEventListener("compositionend", later);
    input.addEventListener("keydown", (event) => pressed(box, event));
    input.addEventListener("blur", () => close(box));
  }

  // "/" leads to the search box, as in many other sites.
  function slash(event) {
    const plain = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey;
    const input = document.querySelector("main input[name=q]") || document.querySelector("input[name=q]");
    if (!plain || !input || composing(event) || writing(event.target)) return;
    event.preventDefault();
    input.focus();
    input.select();
  }

  // Buttons beside a plain address: it is copied, and one of an article is handed to the system's
  // sheet where there is one.
  function share(line) {
    const link = line.querySelector("a");
    const of = line.closest("tr")?.querySelector("th") || line.querySelector("span");
    const button = (words, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = words;
      if (of) made.setAttribute("aria-label", `${words}: ${of.textContent}`);
      made.addEventListener("click", () => act(made));
      link.after(made);
    };
    if (navigator.share && line.dataset.share)
      button(line.dataset.share, () =>
        navigator.share({ title: document.title, url: link.href }).catch(() => {}));
    if (navigator.clipboard)
      button(line.dataset.copy, async (made) => {
        await navigator.clipboard.writeText(link.href);
        made.textContent = line.dataset.copied;
        made.removeAttribute("aria-label");
        setTimeout(() => (made.textContent = line.dataset.copy), 3000);
      });
  }

  document.querySelectorAll("form[role=search] input[name=q]").forEach(suggest);
  document.querySelectorAll("[data-copy]").forEach(share);
  document.addEventListener("keydown", slash);
})();
