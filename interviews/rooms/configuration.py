"""Whether there is voice, and what to do where there is none."""

from __future__ import annotations

from django.conf import settings

# Without these nobody can speak or be heard. A speech service of one's own may want no key.
NEEDED = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET", "SPEECH_BASE_URL")


def voice_missing() -> list[str]:
    """The names of the settings that voice lacks; an empty list means that it works."""
    return [name for name in NEEDED if not getattr(settings, name)]


def is_voice_configured() -> bool:
    """Whether interviews can be held by voice."""
    return not voice_missing()


def voice_hint() -> str:
    """How to switch voice on, for people who run Greenroom; empty where it is on."""
    missing = voice_missing()
    if not missing:
        return ""
    if settings.DEBUG and "LIVEKIT_URL" in missing:
        return (
            "Voice is off, so interviews are held in text. Run `make livekit-server` once (it needs Go), then "
            "`make run` again; or set " + ", ".join(missing) + " in .env. See docs/VOICE.md."
        )
    return "Voice is off, so interviews are held in text. To switch it on, set " + ", ".join(missing) + "."
