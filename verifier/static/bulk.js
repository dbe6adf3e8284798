// The page for many: sends the file, shows how far the answers have come, keeps what came, goes on after a break.
"use strict";
(() => {
  const form = document.getElementById("bulk"), state = document.getElementById("bulk-state");
  const bar = document.getElementById("bulk-progress"), files = document.getElementById("bulk-files");
  if (!form || !window.ReadableStream || !window.TextDecoder) return;
  const PART = 1000;
  const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const tell = (text) => { state.hidden = false; state.textContent = text; };

  class Said extends Error {} // a sentence for the person; what the browser says of other errors is none

  let done = 0, total = 0, most = 10000, chosen = null;

  function offer(name, text, type) {
    const link = document.createElement("a"), line = document.createElement("li");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = link.textContent = name;
    line.append(link);
    files.append(line);
  }

  // One part: reads the stream line by line. Whatever came is kept, also when the connection breaks.
  async function part(file) {
    const begin = done;
    let csv = "", rest = "", receipt = null, ended = false;
    const take = (line) => {
      const told = JSON.parse(line);
      if ("total" in told) { total = told.total; bar.max = total; csv += told.csv; }
      else if ("number" in told) { csv += told.csv; done = told.number; bar.value = done; tell(done + " / " + total); }
      else { receipt = told.receipt; ended = true; }
    };
    try {
      const body = new FormData();
      body.append("file", file); body.append("from", String(begin)); body.append("most", String(most));
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/x-ndjson, application/problem+json;q=0.9" } });
      if (answer.status === 429) {
        most = PART;
        tell(form.dataset.waiting);
        await pause(Number(answer.headers.get("Retry-After")) || 60);
        return true;
      }
      if (!answer.ok) throw new Said((await answer.json()).detail || form.dataset.stopped);
      const reader = answer.body.getReader(), decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      for (;;) {
        const { done: over, value } = await reader.read();
        rest += decoder.decode(value || new Uint8Array(), { stream: !over });
        const lines = rest.split("\n");
        rest = lines.pop();
        lines.filter(Boolean).forEach(take);
        if (over) break;
      }
    } finally {
      if (done > begin) {
        const name = "results-" + (begin + 1) + "-" + done;
        offer(name + ".csv", csv, "text/csv");
        if (receipt) offer(name + ".receipt.jwt", receipt, "application/receipt+jwt");
      }
    }
    if (!ended) throw new Said(form.dataset.stopped);
    return done < total;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = form.elements.file.files[0], button = form.querySelector("button");
    if (file !== chosen || (total && done >= total)) { chosen = file; done = total = 0; files.textContent = ""; }
    button.disabled = true;
    bar.hidden = false;
    try {
      while (await part(file));
      tell(form.dataset.done);
    } catch (error) {
      tell(error instanceof Said ? error.message : form.dataset.stopped);
    } finally {
      button.disabled = false;
    }
  });
})();
