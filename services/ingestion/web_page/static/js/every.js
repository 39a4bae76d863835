/**
 * Work that is done again and again, `ms` after it ended, while the page is seen. `work(signal)` handles its own errors.
 * `again()` ends what is under way and begins anew at once: what was asked before no longer matters then.
 */
export function every(ms, work) {
  let running = null;
  let timer = 0;

  async function round() {
    clearTimeout(timer);
    running?.abort();
    const mine = new AbortController();
    running = mine;
    await work(mine.signal);
    if (running !== mine) return;
    running = null;
    if (!document.hidden) timer = setTimeout(round, ms);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !running) round();
  });
  round();
  return { again: round };
}

/** Runs `task`; `failed(error)` hears of it unless `signal` ended it. Resolves always. */
export async function attempt(signal, task, failed) {
  try {
    await task();
  } catch (error) {
    if (!signal.aborted) failed(error);
  }
}
