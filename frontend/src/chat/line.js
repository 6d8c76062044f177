// The line to the server: opened anew when it drops, and the conversation taken up again by its secret.
//
// The secret stands in this tab's session storage alone: a reload goes on with the conversation, another tab does not.
const PING_SECONDS = 25;
// Whoever answers no ping for so long is gone, though the browser has not noticed yet.
const DEAF_SECONDS = 10;
const LONGEST_WAIT_SECONDS = 15;
// As the server closes them: see candidates/sockets.py.
const CLOSED = { notAllowed: 4403, idle: 4408, takenOver: 4409, flood: 4429 };

export class Line {
  /** `hear(message)` gets each message, `tell(state)` one of: connecting, open, waiting, asleep, taken, refused. */
  constructor(path, key, hear, tell) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.address = `${scheme}//${location.host}${path}`;
    this.store = `greenroom-chat:${key}`;
    this.hear = hear;
    this.tell = tell;
    this.failures = 0;
    this.socket = null;
    this.isReady = false;
    addEventListener("online", () => this.open());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
    setInterval(() => document.visibilityState === "visible" && this.#ping(), PING_SECONDS * 1000);
  }

  /** Open the line, unless it is. */
  open() {
    if (this.socket && this.socket.readyState <= WebSocket.OPEN) return;
    clearTimeout(this.timer);
    this.isStopped = false;
    this.tell("connecting");
    const socket = (this.socket = new WebSocket(this.address));
    let wasOpen = false;
    socket.addEventListener("open", () => (wasOpen = true));
    socket.addEventListener("message", (event) => {
      clearTimeout(this.deaf);
      if (this.socket === socket) this.#take(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (this.socket === socket) this.#closed(event.code, wasOpen);
    });
  }

  #ping() {
    if (!this.send({ type: "ping" })) return;
    clearTimeout(this.deaf);
    this.deaf = setTimeout(() => this.#lose(), DEAF_SECONDS * 1000);
  }

  /** Give a line up that may still look open. Its own goodbye would come minutes later. */
  #lose() {
    const socket = this.socket;
    this.socket = null;
    socket.close();
    this.#closed(1006, true);
  }

  /** Open a line that fell asleep. */
  wake() {
    if (this.isAsleep) this.open();
  }

  /** Send a message; false where the line is not open. */
  send(message) {
    if (!this.isReady) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Forget what the conversation could be taken up by. */
  drop() {
    this.#keep(null);
  }

  #take(message) {
    if (message.type === "system" && message.event === "welcome") {
      const kept = this.#kept();
      this.fresh = message;
      if (kept) {
        this.isResuming = true;
        this.socket.send(JSON.stringify({ type: "resume", id: "resume", session_id: kept.id, secret: kept.secret }));
        return;
      }
      this.#ready(message);
      return;
    }
    if (this.isResuming && (message.event === "resumed" || (message.type === "error" && message.id === "resume"))) {
      this.isResuming = false;
      // The server can't look it up just now: tried again with the next line.
      if (message.code === "INTERNAL_ERROR") return this.#lose();
      if (message.type === "error") this.#keep(null);
      this.#ready(message.type === "error" ? { ...this.fresh, event: "lost" } : message);
      return;
    }
    if (message.event === "pong") return;
    if (message.event === "forgotten") this.#keep(null);
    if (message.event === "forgotten") this.fresh = message;
    if (message.type === "response" && message.answer) this.#keep({ id: this.fresh.session_id, secret: this.fresh.secret });
    this.hear(message);
  }

  #ready(message) {
    this.fresh = message;
    this.failures = 0;
    this.isReady = true;
    this.isAsleep = false;
    this.tell("open");
    this.hear(message);
  }

  #closed(code, wasOpen) {
    clearTimeout(this.deaf);
    this.isReady = false;
    this.isResuming = false;
    if (code === CLOSED.takenOver) return this.tell("taken");
    if (code === CLOSED.notAllowed || code === CLOSED.flood) return this.tell("refused");
    if (code === CLOSED.idle) {
      this.isAsleep = true;
      return this.tell("asleep");
    }
    this.failures += 1;
    // A handshake that is refused looks like a line that is down: after some tries it is left to the person.
    if (!wasOpen && this.failures > 6) return this.tell("refused");
    const seconds = Math.min(LONGEST_WAIT_SECONDS, 0.5 * 2 ** this.failures) * (0.5 + Math.random());
    this.timer = setTimeout(() => this.open(), seconds * 1000);
    return this.tell("waiting");
  }

  #kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.store));
    } catch {
      return null;
    }
  }

  #keep(value) {
    try {
      if (value) sessionStorage.setItem(this.store, JSON.stringify(value));
      else sessionStorage.removeItem(this.store);
    } catch {
      // Storage is switched off: then a reload begins anew.
    }
  }
}
