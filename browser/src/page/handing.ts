// What a person hands to the page otherwise than by an address: the scanner's button, a chosen, dropped or pasted file.
// The scanner and the reader of pictures are fetched when the first of these happens, not before.

import type { Check, Scanner } from "../scan/scanner";
import { SORTING } from "../scan/found";
import { sentencesOf } from "./view";
import { type Lang } from "../verifier/words";

/** Listen on the first page. Where this browser cannot read pictures, the form goes to the server as ever. */
export function takeIn(hosts: readonly string[], lang: Lang, check: Check): void {
  const section = document.querySelector<HTMLElement>("[data-scanner]");
  const form = document.querySelector<HTMLFormElement>("form[data-picture]");
  if (section === null || form === null || !("Worker" in globalThis && "WebAssembly" in globalThis && "createImageBitmap" in globalThis)) return;
  for (const each of document.querySelectorAll<HTMLElement>("[data-scanner], [data-here]")) each.hidden = false;
  for (const each of document.querySelectorAll<HTMLElement>("[data-elsewhere]")) each.hidden = true;

  let loaded: Promise<Scanner> | null = null;
  const scanner = () => (loaded ??= load(section, form, hosts, lang, check));
  const day = () => String(new FormData(form).get("at") ?? "");
  const file = async (given: File) => (await scanner()).file(given, day(), compares(form));
  const here = () => section.isConnected;

  section.querySelector("[data-scan]")?.addEventListener("click", () => void scanner().then((each) => each.watch()));
  const take = section.querySelector<HTMLElement>("[data-take]");
  if (take && matchMedia("(pointer: coarse)").matches) {
    take.hidden = false;
    take.addEventListener("click", () => photographed(file));
  }
  form.addEventListener("submit", (event) => {
    const given = form.querySelector<HTMLInputElement>("input[type=file]")?.files?.[0];
    if (given === undefined) return;
    event.preventDefault();
    void file(given);
  });
  document.addEventListener("dragover", (event) => {
    if (here() && event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const given = event.dataTransfer?.files[0];
    if (!here() || given === undefined) return;
    event.preventDefault();
    void file(given);
  });
  document.addEventListener("paste", (event) => void (here() && pasted(event, file, async (text) => (await scanner()).text(text, day()))));
}

/** Have the phone's own camera take one picture: it focuses where a page's camera may not. */
function photographed(file: (given: File) => Promise<void>): void {
  const field = document.createElement("input");
  field.type = "file";
  field.accept = "image/jpeg,image/png,image/webp";
  field.setAttribute("capture", "environment");
  field.addEventListener("change", () => field.files?.[0] && void file(field.files[0]));
  field.click();
}

/** Whether a name or a number was typed to be compared with, which is the server's to do. */
export function compares(form: HTMLFormElement): boolean {
  return ["name", "number"].some((field) => String(new FormData(form).get(field) ?? "").trim() !== "");
}

/** A picture anywhere; a text only where no field takes it. */
function pasted(event: ClipboardEvent, file: (given: File) => Promise<void>, text: (given: string) => Promise<boolean>): void {
  const given = event.clipboardData?.files[0];
  if (given !== undefined) {
    event.preventDefault();
    void file(given);
  } else if (!(event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement)) {
    const words = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (words !== "") void text(words).then((taken) => taken || fill(words));
  }
}

/** What is not ours stands in the field, and the person decides. */
function fill(text: string): void {
  const field = document.querySelector<HTMLTextAreaElement>("#text");
  if (field === null) return;
  field.value = text;
  field.focus();
}

async function load(section: HTMLElement, form: HTMLFormElement, hosts: readonly string[], lang: Lang, check: Check): Promise<Scanner> {
  const [made, words] = await Promise.all([import("../scan/scanner"), sentencesOf(lang)]);
  const send = (file: File) => {
    const field = form.querySelector<HTMLInputElement>("input[type=file]") as HTMLInputElement;
    const carried = new DataTransfer();
    carried.items.add(file);
    field.files = carried.files;
    form.submit(); // asks nobody again
  };
  return new made.Scanner(section, words, hosts, SORTING, check, send);
}
