"""Rooms by what their makers wrote down with them, so that those of a round of intake are found without reading all."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False  # built beside running interviews, whose rooms stay open to writing

    dependencies = [("interviews", "0003_room_voice_ended")]

    operations = [
        AddIndexConcurrently(
            model_name="room",
            index=GinIndex(fields=["metadata"], opclasses=["jsonb_path_ops"], name="room_metadata"),
        ),
    ]
