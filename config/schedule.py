"""Where each task runs, and what runs by the clock. Tasks are named here by their paths, in one place."""

from __future__ import annotations

from celery.schedules import crontab

ROUTES: dict[str, dict[str, str]] = {
    "accounts.tasks.prune": {"queue": "sweep"},
    "accounts.tasks.reseal": {"queue": "sweep"},
    "accounts.tasks.send_letter": {"queue": "conversations"},
    "accounts.tasks.sweep": {"queue": "sweep"},
    "candidates.tasks.drain": {"queue": "work"},
    "candidates.tasks.read_import": {"queue": "files"},
    "candidates.tasks.read_document": {"queue": "files"},
    "candidates.tasks.close_import": {"queue": "sweep"},
    "candidates.tasks.forget_chats": {"queue": "sweep"},
    "candidates.tasks.sweep": {"queue": "sweep"},
    "candidates.tasks.thin_events": {"queue": "sweep"},
    "candidates.tasks.forget_keys": {"queue": "sweep"},
    "llm.tasks.forget_answers": {"queue": "sweep"},
    "interviews.tasks.analyse": {"queue": "conversations"},
    "interviews.tasks.coach_turn": {"queue": "conversations"},
    "interviews.tasks.sweep": {"queue": "sweep"},
    "interviews.tasks.sweep_rooms": {"queue": "sweep"},
    "intake.tasks.fill": {"queue": "files"},
    "intake.tasks.mail_copy": {"queue": "conversations"},
    "intake.tasks.mail_notices": {"queue": "conversations"},
    "intake.tasks.purge": {"queue": "sweep"},
    "intake.tasks.send_mailing": {"queue": "conversations"},
    "intake.tasks.sweep": {"queue": "sweep"},
}


def beat(*, sweep_seconds: float, room_seconds: float) -> dict[str, dict[str, object]]:
    """What Celery's beat starts by itself: the sweeps at these intervals, in seconds, the rest by the hour or night."""
    return {
        "sweep": {
            "task": "candidates.tasks.sweep",
            "schedule": sweep_seconds,
            # Sweeps that nobody came for must not pile up.
            "options": {"expires": sweep_seconds},
        },
        "sweep rooms": {
            "task": "interviews.tasks.sweep_rooms",
            "schedule": room_seconds,
            "options": {"expires": room_seconds},
        },
        "sweep interviews": {
            "task": "interviews.tasks.sweep",
            "schedule": sweep_seconds,
            "options": {"expires": sweep_seconds},
        },
        "sweep intakes": {
            "task": "intake.tasks.sweep",
            "schedule": sweep_seconds,
            "options": {"expires": sweep_seconds},
        },
        "sweep letters": {
            "task": "accounts.tasks.sweep",
            "schedule": sweep_seconds,
            "options": {"expires": sweep_seconds},
        },
        "prune accounts": {"task": "accounts.tasks.prune", "schedule": crontab(hour="4", minute="7")},
        "reseal second steps": {"task": "accounts.tasks.reseal", "schedule": crontab(hour="4", minute="37")},
        "thin events": {"task": "candidates.tasks.thin_events", "schedule": crontab(minute="*/10")},
        "forget chats": {
            "task": "candidates.tasks.forget_chats",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "forget keys": {"task": "candidates.tasks.forget_keys", "schedule": crontab(minute="41")},
        "forget answers": {"task": "llm.tasks.forget_answers", "schedule": crontab(hour="3", minute="17")},
        "purge": {"task": "intake.tasks.purge", "schedule": crontab(hour="3", minute="47")},
    }
