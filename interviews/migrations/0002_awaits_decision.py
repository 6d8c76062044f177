"""Interviews that wait for a person's word are told by a column, so that nobody has to look for them."""

from django.db import migrations, models

BACKFILL = """
UPDATE interviews_interview SET awaits_decision = true
FROM interviews_room
WHERE interviews_room.id = interviews_interview.room_id AND interviews_room.analysis_state = 'done'
  AND interviews_interview.status = 'completed' AND interviews_interview.role = 'candidate'
  AND NOT EXISTS (SELECT FROM interviews_decision WHERE interview_id = interviews_interview.id)
"""


class Migration(migrations.Migration):
    dependencies = [("interviews", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="interview",
            name="awaits_decision",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A person was interviewed, the analysis is there, and nobody has said yet what comes of it.",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="interview",
            index=models.Index(
                condition=models.Q(("awaits_decision", True)),
                fields=["-created_at", "-id"],
                name="interview_awaits_decision",
            ),
        ),
    ]
