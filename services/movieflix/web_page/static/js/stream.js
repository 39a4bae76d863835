/**
 * A server-sent stream that lives while the tab is seen. A browser opens only six connections to one origin, for all tabs
 * together: hidden tabs give theirs back, and read anew when they are seen again.
 */
export function openStream(url, { onData, onOpen, onLost, names = [] }) {
  let source = null;
  let timer = 0;
  let delay = 1000;

  const take = (event) => {
    let data;
    try {
      data = JSON.parse(event.data);
    } catch {
      return;
    }
    onData(data, event.type);
  };

  function open() {
    clearTimeout(timer);
    if (source || document.hidden) return;
    source = new EventSource(url);
    source.onopen = () => {
      delay = 1000;
      onOpen?.();
    };
    source.onmessage = take;
    for (const name of names) source.addEventListener(name, take);
    source.onerror = () => {
      // The browser reconnects by itself, except after an answer that is not a stream (an API that is away).
      onLost?.();
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      timer = setTimeout(open, delay);
      delay = Math.min(15000, delay * 2);
    };
  }

  function close() {
    source?.close();
    source = null;
  }

  const seen = () => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", seen);
  open();
  return {
    close() {
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(timer);
      close();
    },
  };
}
