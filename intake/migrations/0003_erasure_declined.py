"""A wish for erasure that was declined: when, by whom, and the reason that the candidate reads."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_kills"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AddField(model_name="intake", name="erasure_declined_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="intake",
            name="erasure_declined_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="intake",
            name="erasure_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
