"""What the room's script says (frontend/src/room), in the language in force."""

from __future__ import annotations

from django.utils.translation import gettext as _


def words() -> dict[str, str]:
    """Each text of the script and how the page says it."""
    return {
        "Connected": _("Connected"),
        "Connecting": _("Connecting"),
        "Connecting…": _("Connecting…"),
        "Reconnecting": _("Reconnecting"),
        "Connected again.": _("Connected again."),
        "Connection lost. Trying again.": _("Connection lost. Trying again."),
        "The connection was lost. We are trying again; nothing that was said is lost.": _(
            "The connection was lost. We are trying again; nothing that was said is lost."
        ),
        "joining": _("joining"),
        "here": _("here"),
        "coming back": _("coming back"),
        "not here": _("not here"),
        "not here yet": _("not here yet"),
        "listening": _("listening"),
        "thinking": _("thinking"),
        "speaking": _("speaking"),
        "The AI was lost for a moment and is being called back. Nothing that was said is lost.": _(
            "The AI was lost for a moment and is being called back. Nothing that was said is lost."
        ),
        "The AI can't be brought back. You can come again later, or turn to a person.": _(
            "The AI can't be brought back. You can answer in the form, or turn to a person."
        ),
        "You were removed from this room.": _("You were removed from this talk."),
        "Your way into this room is no longer good.": _("This talk can't be opened from here any more."),
        "Come in again": _("Come in again"),
        "You joined from another window.": _("You joined from another window."),
        "Join here instead": _("Join here instead"),
        "Try again": _("Try again"),
        "Ask for the answer again": _("Ask for the answer again"),
        "Not sent: there is no connection.": _("Not sent: there is no connection."),
        "Not sent: the server did not answer as it should.": _("Not sent: the server did not answer as it should."),
        "The AI has not taken this in yet.": _("The AI has not taken this in yet."),
        "Microphone off.": _("Microphone off."),
        "Microphone on.": _("Microphone on."),
        "Mute": _("Mute"),
        "Unmute": _("Unmute"),
        "We hear you.": _("We hear you."),
        "Say something: the bar moves when we hear you.": _("Say something: the bar moves when we hear you."),
        "The voice connection could not be made. You can type instead.": _(
            "The voice connection could not be made. You can type instead."
        ),
        "The browser holds the sound back until you allow it.": _(
            "The browser holds the sound back until you allow it."
        ),
        "Turn the sound on": _("Turn the sound on"),
        "The browser may not use the microphone. Allow it beside the address of this page and try again.": _(
            "The browser may not use the microphone. Allow it beside the address of this page and try again."
        ),
        "No microphone was found. Plug one in and try again.": _("No microphone was found. Plug one in and try again."),
        "Another program holds the microphone. Close it and try again.": _(
            "Another program holds the microphone. Close it and try again."
        ),
        "This page was opened without encryption, so the browser keeps the microphone closed.": _(
            "This page was opened without encryption, so the browser keeps the microphone closed."
        ),
        "The microphone could not be opened.": _("The microphone could not be opened."),
        "This interview has ended. Thank you.": _("This talk is over. Thank you."),
        "This interview was cancelled.": _("This talk is over. Thank you."),
        "This interview could not go on.": _("This talk could not go on. You can answer in the form."),
        "That did not work on our side. Try again, or answer in the form.": _(
            "That did not work on our side. Try again, or answer in the form."
        ),
        "This room closes in one minute.": _("This talk closes in one minute."),
        "This room closes in {left} minutes.": _("This talk closes in {left} minutes."),
        "Microphone {number}": _("Microphone {number}"),
        "Also here: {names}": _("Also here: {names}"),
        "{name} came in.": _("{name} came in."),
        "{name} left.": _("{name} left."),
        "{name} was removed.": _("{name} was removed."),
        "You": _("You"),
        "AI": _("AI"),
        "cut off here": _("cut off here"),
        "left out": _("left out"),
        "Noted:": _("Noted:"),
    }
