// SPDX-License-Identifier: Apache-2.0
// Follows the live stream and fetches the parts of the page whose views changed. The server has rendered everything
// already (readiness, which ages by itself, behind a link): without this script the page is complete, only not live.
"use strict";
(() => {
  const STALE_MS = 60000, POLL_MS = 30000, LOOK_MS = 1000;
  const live = document.getElementById("live"), banner = document.getElementById("banner"), said = document.getElementById("said");
  const parts = [...document.querySelectorAll("[data-fragment]")].map((element) => ({
    element, url: element.dataset.fragment, views: element.dataset.views.split(" "), busy: false, again: false }));
  const title = document.title;
  let heard = Date.now(), polled = 0, spoken = 0, stale = false;

  const clock = (ms) => new Date(ms).toISOString().slice(11, 16) + " UTC";

  function headline() {
    const h1 = document.querySelector("h1");
    return h1 ? h1.textContent : "";
  }

  // At most one sentence in ten seconds for screen readers.
  function say(sentence) {
    if (Date.now() - spoken < 10000 || said.textContent === sentence) return;
    spoken = Date.now();
    said.textContent = sentence;
  }

  // The browser's cache holds the entity tag; an unchanged part costs a 304 and no redraw.
  async function refresh(part) {
    if (part.busy) { part.again = true; return; }
    part.busy = true;
    try {
      const answer = await fetch(part.url, { cache: "no-cache" });
      if (answer.ok) {
        const text = await answer.text();
        if (text !== part.text) {
          const before = headline();
          part.text = text;
          part.element.innerHTML = text;      // rendered and escaped by the server
          if (headline() !== before) say(headline());
        }
        heard = Date.now();
      }
    } catch { /* offline: told by look() */ }
    part.busy = false;
    if (part.again) { part.again = false; refresh(part); }
  }

  function refreshAll() { parts.forEach(refresh); }

  function look() {
    const quiet = Date.now() - heard;
    stale = quiet > STALE_MS;
    document.body.classList.toggle("stale", stale);
    document.title = stale ? title + " (stale)" : title;
    banner.hidden = !stale;
    if (stale) banner.textContent = "Stale since " + clock(heard) + ". What you see may be old.";
    if (stream.readyState === EventSource.OPEN && quiet < 45000) {
      live.className = "live on";
      live.textContent = "Live";
    } else {
      live.className = "live off";
      live.textContent = "Reconnecting, " + Math.round(quiet / 1000) + " s";
      if (Date.now() - polled > POLL_MS) { polled = Date.now(); refreshAll(); }
    }
    if (stream.readyState === EventSource.CLOSED) connect();
  }

  let stream;
  function connect() {
    stream = new EventSource("api/stream");
    stream.addEventListener("hello", () => { heard = Date.now(); refreshAll(); });
    stream.addEventListener("reset", () => { heard = Date.now(); refreshAll(); });
    stream.addEventListener("beat", () => { heard = Date.now(); });
    stream.addEventListener("timeline", () => { heard = Date.now(); });
    stream.addEventListener("views", (event) => {
      heard = Date.now();
      const changed = JSON.parse(event.data).views;
      parts.filter((part) => part.views.some((view) => changed.includes(view))).forEach(refresh);
    });
  }

  connect();
  setInterval(look, LOOK_MS);
})();
