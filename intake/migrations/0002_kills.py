"""What a killed worker leaves behind: how often a resume was begun, and which letters may have left."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="intake",
            name="fill_attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(model_name="intake", name="copy_handed_at", field=models.DateTimeField(null=True)),
        migrations.AddField(model_name="invitee", name="handed_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="intake",
            index=models.Index(
                condition=models.Q(("document__isnull", False), ("state", "in_progress")),
                fields=["id"],
                name="intake_resume_given",
            ),
        ),
    ]
