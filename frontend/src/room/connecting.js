// The voice of a room: LiveKit. This alone needs livekit-client, and is loaded only where a room speaks.
import { ConnectionState, DisconnectReason, ParticipantKind, Room, RoomEvent, Track } from "livekit-client";
import { followCaptions } from "./captions.js";

const CHAT = "lk.chat";
const LONGEST_PAUSE_MS = 8_000;
// After these the server does not want this participant back: no new attempt is made.
const GONE = new Set([
  DisconnectReason.CLIENT_INITIATED,
  DisconnectReason.PARTICIPANT_REMOVED,
  DisconnectReason.ROOM_DELETED,
  DisconnectReason.ROOM_CLOSED,
  DisconnectReason.DUPLICATE_IDENTITY,
  DisconnectReason.USER_REJECTED,
]);

/**
 * Connect to `url` with `token`. What happens is told through `told`:
 * state("connecting" | "live" | "lost" | "gone", reason), people([{name, isAgent}]), agent("initializing" | "listening" |
 * "thinking" | "speaking" | "away"), speaking(identity | null), caption(key, identity, text), mute(muted), sound(blocked).
 */
export async function connect({ url, token, deviceId, withMicrophone, told }) {
  const room = new Room({
    disconnectOnPageLeave: true,
    audioCaptureDefaults: {
      deviceId: deviceId ? { ideal: deviceId } : undefined,
      echoCancellation: true,
      noiseSuppression: true,
      autoGainControl: true,
    },
  });
  const sounds = document.createElement("div");
  sounds.hidden = true;
  document.body.append(sounds);
  let leaving = false;
  let everConnected = false;

  const people = () => {
    const others = [...room.remoteParticipants.values()];
    told.people(others.map((one) => ({ name: one.name || one.identity, isAgent: one.kind === ParticipantKind.AGENT })));
    const agent = others.find((one) => one.kind === ParticipantKind.AGENT);
    told.agent(agent ? (agent.attributes["lk.agent.state"] ?? "listening") : "away");
  };
  room
    .on(RoomEvent.TrackSubscribed, (track) => {
      if (track.kind === Track.Kind.Audio) sounds.append(track.attach());
    })
    .on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((element) => element.remove()))
    .on(RoomEvent.ParticipantConnected, people)
    .on(RoomEvent.ParticipantDisconnected, people)
    .on(RoomEvent.ParticipantAttributesChanged, people)
    .on(RoomEvent.ActiveSpeakersChanged, (speakers) => told.speaking(speakers[0]?.identity ?? null))
    .on(RoomEvent.AudioPlaybackStatusChanged, () => told.sound(!room.canPlaybackAudio))
    .on(RoomEvent.Reconnecting, () => told.state("lost"))
    .on(RoomEvent.SignalReconnecting, () => told.state("lost"))
    .on(RoomEvent.Reconnected, () => told.state("live"))
    .on(RoomEvent.Disconnected, (reason) => {
      if (leaving) return;
      if (GONE.has(reason)) told.state("gone", DisconnectReason[reason] ?? "");
      else if (everConnected) comeBack();
    });
  followCaptions(room, told.caption);

  const enter = async () => {
    await room.connect(url, token, { autoSubscribe: true });
    everConnected = true;
    if (withMicrophone) {
      await room.localParticipant.setMicrophoneEnabled(true);
      told.mute(false);
    }
    told.state("live");
    people();
    told.sound(!room.canPlaybackAudio);
  };
  // livekit-client gives up after some attempts of its own; a person in a tunnel does not.
  const comeBack = async () => {
    for (let attempt = 0; !leaving; attempt += 1) {
      told.state("lost");
      await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** attempt)));
      try {
        if (!leaving && room.state === ConnectionState.Disconnected) await enter();
        return;
      } catch {
        // The next attempt comes after a longer pause.
      }
    }
  };

  told.state("connecting");
  await enter();
  return {
    /** Turn the microphone on or off; from text alone, on opens it. */
    async setMuted(muted) {
      await room.localParticipant.setMicrophoneEnabled(!muted, deviceId ? { deviceId } : undefined);
      withMicrophone = true;
      told.mute(muted);
    },
    get isMuted() {
      return !room.localParticipant.isMicrophoneEnabled;
    },
    /** Send typed words to the agent; false where there is no connection. It takes one `key` once. */
    async say(text, key) {
      if (room.state !== ConnectionState.Connected) return false;
      try {
        await room.localParticipant.sendText(text, { topic: CHAT, attributes: { key } });
        return true;
      } catch {
        return false;
      }
    },
    choose: (id) => room.switchActiveDevice("audioinput", id),
    playSound: () => room.startAudio(),
    async leave() {
      leaving = true;
      await room.disconnect();
    },
  };
}
