// The voice side of the page: check, join, mute. LiveKit's own code comes with a second script, see connecting.js.
import { MicrophoneCheck, whyNoMicrophone } from "./devices.js";
import { announce, banner, memory, part, pill, root, say, state } from "./page.js";
import { draft, thinking } from "./turns.js";

let line = null; // the connection, once there is one
let identityOfAgent = null;
let noticed = () => {};

const TRIES = 3;
const PATIENCE_MS = 4_000;

/**
 * Send typed words through the room: "heard", "unheard" where the AI gave no sign of having read them, "offline", or
 * "none" where there never was a connection.
 *
 * The room's chat confirms nothing, and an agent that has not seen us come back yet drops what we send. So words that it
 * does not begin to think about are sent again, under the `key` by which it takes them once.
 */
export async function speak(text, key) {
  if (!line) return "none";
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const heard = new Promise((resolve) => (noticed = () => resolve(true)));
    if (!(await line.say(text, key))) return "offline";
    const late = new Promise((resolve) => setTimeout(() => resolve(false), PATIENCE_MS));
    if (await Promise.race([heard, late])) return "heard";
  }
  return "unheard";
}

/** The AI has begun to think, or a turn of ours is stored: what was typed has arrived. */
export const notice = () => noticed();

export async function leaveVoice() {
  await line?.leave();
  line = null;
}

export async function toggleMute() {
  if (!line) return;
  const muted = !line.isMuted;
  try {
    await line.setMuted(muted);
    memory.write("joined", { ...memory.read("joined"), mode: "voice", muted });
    announce(muted ? "Microphone off." : "Microphone on.");
  } catch (error) {
    banner(whyNoMicrophone(error), { tone: "warn" });
  }
}

/** Show the check, or go straight back in where this tab has been in the room before. `onJoined` is called once in. */
export function startVoice({ onJoined, onGone, onConnection }) {
  const joined = memory.read("joined");
  if (joined) {
    join({ mode: joined.mode, deviceId: joined.deviceId, muted: joined.muted });
    return;
  }
  const check = new MicrophoneCheck({
    meter: part("meter"),
    select: part("microphone"),
    onHeard() {
      part("heard").textContent = say("We hear you.");
      part("heard").dataset.tone = "ok";
    },
  });
  const problem = part("check-problem");
  const open = async (opening) => {
    problem.hidden = true;
    part("join-voice").disabled = true;
    try {
      await opening();
      part("join-voice").disabled = false;
      part("heard").textContent = say("Say something: the bar moves when we hear you.");
    } catch (error) {
      problem.hidden = false;
      part("check-problem-text").textContent = say(whyNoMicrophone(error));
      part("heard").textContent = "";
    }
  };
  part("check").hidden = false;
  setInert(true);
  part("check").querySelector("h2").focus();
  part("microphone").addEventListener("change", () => open(() => check.choose(check.deviceId)));
  part("check-again").addEventListener("click", () => open(() => check.open()));
  part("join-voice").addEventListener("click", () => enter("voice"));
  part("join-text").addEventListener("click", () => enter("text"));
  open(() => check.open());

  function enter(mode) {
    const { deviceId } = check;
    check.close();
    join({ mode, deviceId, muted: false });
  }

  async function join({ mode, deviceId, muted }) {
    part("check").hidden = true;
    setInert(false);
    banner("Connecting…");
    onConnection("connecting");
    try {
      const { connect } = await import(state.urls.voice);
      line = await connect({
        url: state.room.livekit_url,
        token: state.token,
        deviceId,
        withMicrophone: mode === "voice" && !muted,
        told: tell({ onGone, onConnection }),
      });
      memory.write("joined", { mode, deviceId, muted: Boolean(muted) });
      showMute(line.isMuted);
      part("mute").hidden = false;
      onJoined();
    } catch (error) {
      onConnection("lost");
      const text = error?.name in { NotAllowedError: 1, NotFoundError: 1, NotReadableError: 1 }
        ? whyNoMicrophone(error)
        : "The voice connection could not be made. You can type instead.";
      banner(text, { tone: "bad", action: ["Try again", () => join({ mode, deviceId, muted })] });
      announce(text);
    }
  }
}

function tell({ onGone, onConnection }) {
  return {
    state(how, reason) {
      if (how === "gone") onGone(reason);
      else onConnection(how);
    },
    people(others) {
      const humans = others.filter((one) => !one.isAgent).map((one) => one.name);
      part("people").textContent = humans.length ? say("Also here: {names}", { names: humans.join(", ") }) : "";
    },
    agent(how) {
      pill("agent-state", { initializing: "joining", listening: "listening", thinking: "thinking", speaking: "speaking", away: "not here yet" }[how] ?? how, how === "away" || how === "initializing" ? "warn" : "ok");
      thinking(how === "thinking");
      if (how === "thinking") notice();
    },
    speaking(identity) {
      part("mute").dataset.speaking = String(identity === state.me.identity);
    },
    caption(key, identity, text) {
      const mine = identity === state.me.identity;
      if (!mine) identityOfAgent = identity;
      const speaker = mine ? state.me.speaker : identity === identityOfAgent ? state.agent.speaker : other();
      draft(key, speaker, !mine, text);
    },
    mute: showMute,
    sound(blocked) {
      if (blocked) banner("The browser holds the sound back until you allow it.", { tone: "warn", action: ["Turn the sound on", () => line?.playSound()] });
      else if (part("banner-action").textContent === say("Turn the sound on")) banner("");
    },
  };
}

/** While the check stands over the room, the room can't be reached. */
function setInert(inert) {
  for (const one of root.children) if (one !== part("check") && !one.matches("dialog, [aria-live]")) one.inert = inert;
}

const other = () => (state.me.speaker === "interviewer" ? "candidate" : "interviewer");

function showMute(muted) {
  const button = part("mute");
  part("mute-word").textContent = say(muted ? "Unmute" : "Mute");
  button.dataset.muted = String(muted);
}
