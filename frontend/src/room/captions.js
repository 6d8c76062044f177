// Captions of what is being said, as the agent in the room sends them. They are always on.

const TOPIC = "lk.transcription";

/**
 * Show what `room` (livekit-client) transcribes: `caption(key, identity, text)` gets each text as far as it has come.
 * An agent's words come as pieces of one text; a person's come again and again, each time with all that was understood.
 */
export function followCaptions(room, caption) {
  room.registerTextStreamHandler(TOPIC, async (reader, sender) => {
    const attributes = reader.info.attributes ?? {};
    const key = `caption-${attributes["lk.segment_id"] ?? reader.info.id}`;
    let text = "";
    try {
      for await (const piece of reader) {
        text += piece;
        if (text.trim()) caption(key, sender.identity, text);
      }
    } catch {
      // The line was cut; the stored turn will hold the words.
    }
  });
}
