// Where a code leads that is not one of ours: named in letters that cannot deceive, and never opened.

const ADDRESS = /^https?:[/\\]{2}([^/\\?#\s]{1,300})/i;

/** The host name of the web address `text`; null when it is no address or one of `official`. */
export function foreignHost(text: string, official: readonly string[]): string | null {
  const found = ADDRESS.exec(text)?.[1];
  const host = found === undefined ? "" : plain(nameOf(found));
  return host === "" || official.some((each) => plain(nameOf(each)) === host) ? null : host;
}

/** What stands before an `@` is bait and is dropped, so is a port. */
export function nameOf(authority: string): string {
  return authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "").replace(/\.+$/, "");
}

/** Lower-case ASCII: look-alike letters become xn--…, and what cannot stand in a name is escaped. */
function plain(host: string): string {
  try {
    return new URL(`https://${host}/`).hostname;
  } catch {
    return host.toLowerCase().replace(/[^\x20-\x7e]/gu, (each) => `\\u{${(each.codePointAt(0) as number).toString(16)}}`);
  }
}
