// Opened by a QR code: take the fragment out of the address before anything else, then ask this same server by POST.
// Nothing is stored, and the fragment never stands in a request's address, so no server log can hold it.
"use strict";

const take = () => {
  const fragment = location.hash;
  history.replaceState(null, "", location.pathname + location.search);
  return fragment.slice(1);
};

const show = (nodes) => {
  const main = document.getElementById("main");
  main.replaceChildren(...nodes);
  scrollTo(0, 0);
  main.querySelector("h1")?.focus();
};

const showTemplate = (id) => show([document.getElementById(id).content.cloneNode(true)]);

const check = async (text) => {
  showTemplate("checking");
  document.querySelector("[data-language]")?.remove(); // the answer brings its own switch
  try {
    const language = new URLSearchParams(location.search).get("lang");
    const response = await fetch("check?fragment" + (language === "en" || language === "zh" ? "&lang=" + language : ""), {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html" },
      body: new URLSearchParams({ text }),
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
    const answer = new DOMParser().parseFromString(await response.text(), "text/html");
    const inside = answer.querySelector("main") ?? answer.body; // an error comes as a whole page
    show([...inside.childNodes]);
    document.title = document.querySelector("main h1")?.textContent + " · " + document.title.split(" · ").pop();
  } catch {
    showTemplate("offline");
  }
};

const scanned = () => {
  if (!/^#.*[0-9]/.test(location.hash)) return; // a link inside the page, such as #main
  const text = take();
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => check(text), { once: true });
  else check(text);
};

addEventListener("hashchange", scanned); // the next scan may open in the same tab
scanned();
