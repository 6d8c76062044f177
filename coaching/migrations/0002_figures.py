"""One number a session for the trends, computed by Postgres, and an index that holds it in place of the columns."""

from django.db import migrations, models
from django.db.models.functions import Cast

KINDS = ("Interview", "Corporate", "Pitch", "Sales", "Presentation", "Other")


def packed_figures():
    """coaching.models.packed_figures as it was when this was written."""
    whole = models.BigIntegerField()
    places = [models.When(preparation_type=kind, then=place) for place, kind in enumerate(KINDS)]
    packed = Cast(models.Case(*places), whole) * 2**12 + Cast(models.F("overall") * 10, whole)
    for place in range(6):
        packed = packed * 2**8 + Cast(models.F(f"scores__{place}"), whole)
    return packed


class Migration(migrations.Migration):
    dependencies = [("coaching", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="session", name="session_trends"),
        migrations.AddField(
            model_name="session",
            name="figures",
            field=models.GeneratedField(
                expression=packed_figures(), output_field=models.BigIntegerField(null=True), db_persist=True
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                fields=["user", "completed_at", "id"],
                include=["figures"],
                condition=models.Q(status="completed", figures__isnull=False),
                name="session_figures",
            ),
        ),
    ]
