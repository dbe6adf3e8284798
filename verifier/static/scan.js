// Opened by a QR code: takes the fragment out of the address before anything else, and hands it to the verifier in this
// browser (static/app). Where that is missing or cannot run, the text is put into the form: nothing is sent by itself.
// Nothing is stored, and the fragment never stands in a request's address, so no server log can hold it.
"use strict";

(() => {
  const waitingTexts = [];
  let check = (text) => waitingTexts.push(text);
  let opening = null; // what stood in <main> before the first check, the template among it
  let checking = null;

  const main = () => document.getElementById("main");

  const take = () => {
    const fragment = location.hash;
    history.replaceState(null, "", location.pathname + location.search);
    return fragment.slice(1);
  };

  const show = (nodes) => {
    main().replaceChildren(...nodes);
    scrollTo(0, 0);
    main().querySelector("h1")?.focus();
  };

  const waiting = () => {
    checking ??= document.getElementById("checking").content;
    opening ??= [...main().childNodes];
    show([document.importNode(checking, true)]);
  };

  const giveBack = (text) => {
    if (opening) show(opening);
    const field = document.getElementById("text");
    field.value = text;
    field.form.removeAttribute("data-local"); // its button now asks the server
    const notice = document.getElementById("by-server");
    notice.hidden = false;
    field.form.querySelector("button").focus({ preventScroll: true });
    notice.scrollIntoView({ block: "center" });
  };

  const answerWith = (verifier) => {
    check = verifier;
    waitingTexts.splice(0).forEach(check);
  };

  globalThis.hallmarkScan = { answerWith, waiting, giveBack };

  // The verifier runs before this event; what still waits then has nobody to answer it.
  addEventListener("DOMContentLoaded", () => {
    if (!waitingTexts.length) return;
    giveBack(waitingTexts.pop());
    waitingTexts.length = 0;
  });

  const scanned = () => {
    if (/^#.*[0-9]/.test(location.hash)) check(take()); // not a link inside the page, such as #main
  };

  addEventListener("hashchange", scanned); // the next scan may open in the same tab
  scanned();
})();
