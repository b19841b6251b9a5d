/** Takes what stands after `#` and erases it from the address bar, before anything else runs. Nothing keeps it. */

function take() {
  const { hash, pathname, search } = window.location;
  if (!/[0-9]/.test(hash)) return null;
  window.history.replaceState(null, "", pathname + search);
  return hash;
}

/** The fragment with which the page was opened, `#` included, or null. */
export const opened = take();

/** Calls `then` with each fragment that comes later (another link in the same tab). */
export function onFragment(then) {
  window.addEventListener("hashchange", () => {
    const taken = take();
    if (taken !== null) then(taken);
  });
}
