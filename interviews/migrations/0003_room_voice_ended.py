"""Voice rooms by their end, so that the comparison with LiveKit does not read each room there ever was."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built beside running interviews, whose rooms stay open to writing

    dependencies = [("interviews", "0002_awaits_decision")]

    operations = [
        AddIndexConcurrently(
            model_name="room",
            index=models.Index(condition=models.Q(("medium", "voice")), fields=["ended_at"], name="room_voice_ended"),
        ),
    ]
