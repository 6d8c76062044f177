// The room's events as a stream that comes back by itself. EventSource can't send the room's token as a header and would
// have to put it into the address, where logs would keep it: so this reads the stream by fetch.

const SILENCE_MS = 40_000; // the server gives a sign of life every 15 s
const LONGEST_PAUSE_MS = 8_000;
const FINAL = new Set([401, 403, 404, 410]);

/** Read server-sent events from the body of an answer until it ends: `take(kind, data)` gets each one. */
export async function readEvents(body, { take, id = () => {}, alive = () => {} }) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = parsed(block);
      if (event.id !== null) id(event.id);
      if (event.data !== null) take(event.kind, event.data);
    }
  }
}

function parsed(block) {
  const event = { kind: "message", id: null, data: null };
  const data = [];
  for (const line of block.split("\n")) {
    const [, name, value] = line.match(/^([^:]*): ?(.*)$/) ?? [null, line, ""];
    if (name === "id") event.id = value;
    else if (name === "event") event.kind = value;
    else if (name === "data") data.push(value);
  }
  try {
    event.data = data.length ? JSON.parse(data.join("\n")) : null;
  } catch {
    // An event of a newer server, after a deployment.
  }
  return event;
}

/**
 * Follow the stream at `url`. `take(kind, data)` gets each event, `connection("live" | "lost")` how it stands, and
 * `refused(status)` is called once where coming back is no use. Returns a function that ends it.
 */
export function follow({ url, token, lastEvent, take, connection, refused }) {
  let last = String(lastEvent);
  let failures = 0;
  let attempt = null;
  let wake = null;
  let ended = false;

  const read = async () => {
    attempt = new AbortController();
    let watchdog = setTimeout(() => attempt.abort(), SILENCE_MS);
    try {
      const answer = await fetch(url, {
        headers: { Authorization: `Bearer ${token}`, Accept: "text/event-stream", "Last-Event-ID": last },
        credentials: "omit",
        cache: "no-store",
        signal: attempt.signal,
      });
      if (FINAL.has(answer.status)) {
        ended = true;
        refused(answer.status);
        return;
      }
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      connection("live");
      failures = 0;
      await readEvents(answer.body, {
        take,
        id: (value) => (last = value),
        alive() {
          clearTimeout(watchdog);
          watchdog = setTimeout(() => attempt.abort(), SILENCE_MS);
        },
      });
    } finally {
      clearTimeout(watchdog);
    }
  };

  const run = async () => {
    while (!ended) {
      try {
        await read();
      } catch {
        // Lost: told below, and tried again.
      }
      if (ended) return;
      failures += 1;
      // A stream that the server ended after its time comes back at once and without a word.
      if (failures > 1) connection("lost");
      const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** failures) * (0.75 + Math.random() / 2);
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, pause);
      });
    }
  };
  window.addEventListener("online", () => wake?.());
  window.addEventListener("offline", () => attempt?.abort());
  document.addEventListener("visibilitychange", () => document.hidden || wake?.());
  run();
  return () => {
    ended = true;
    attempt?.abort();
  };
}
