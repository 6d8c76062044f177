"""A change of a profile may come from an interview: its score and recommendation."""

from django.db import migrations, models

SOURCES = [
    ("import", "Import"),
    ("extraction", "Extraction"),
    ("console", "Console"),
    ("api", "API"),
    ("merge", "Merged duplicates"),
    ("intake", "Intake"),
    ("interview", "Interview"),
    ("undo", "Undo"),
]


class Migration(migrations.Migration):
    dependencies = [("candidates", "0002_initial")]
    operations = [
        migrations.AlterField("change", "source", models.CharField(choices=SOURCES, max_length=12)),
        migrations.RemoveConstraint("change", "change_source_known"),
        migrations.AddConstraint(
            "change",
            models.CheckConstraint(
                condition=models.Q(source__in=[value for value, _ in SOURCES]), name="change_source_known"
            ),
        ),
    ]
