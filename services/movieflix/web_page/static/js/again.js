/**
 * Asks after a moment, and twice more later: a view follows its topic within milliseconds, but by seconds where a part restarts or the
 * machine is busy, and an answer from before the change would stand on the page until something else asked. A new call begins anew.
 */
const LATER_MS = [2000, 6000];

export function asking(ask) {
  let timer = 0;
  const wait = ([first, ...rest]) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (rest.length) wait(rest);
      ask();
    }, first);
  };
  return (after) => wait([after, ...LATER_MS]);
}
