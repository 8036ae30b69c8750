/**
 * The read key of this tab. It comes with the page's address (`?key=`, for a wall that starts by itself) or from the sign-in panel, and is kept in
 * sessionStorage: a reload keeps it, another tab or a restart of the browser does not.
 */
const item = "realtime-adoption.read-key";

/** Takes a key out of the address, so that it stands neither on the wall nor in the history. */
export function takeKeyFromAddress(): void {
  const address = new URL(location.href);
  const key = address.searchParams.get("key");
  if (key === null) return;
  keepKey(key);
  address.searchParams.delete("key");
  history.replaceState(null, "", address);
}

export function keptKey(): string {
  try {
    return sessionStorage.getItem(item) ?? "";
  } catch {
    return memory;
  }
}

export function keepKey(key: string): void {
  memory = key.trim();
  try {
    sessionStorage.setItem(item, memory);
  } catch {
    // Storage is switched off in this browser: the key then lives as long as the page.
  }
}

let memory = "";
