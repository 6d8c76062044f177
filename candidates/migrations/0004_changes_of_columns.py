from django.db import migrations, models


class Migration(migrations.Migration):
    """Room for "other_columns.<name>" in the history. Postgres widens a varchar without rewriting its table."""

    dependencies = [
        ("candidates", "0003_changes_from_interviews"),
    ]

    operations = [
        migrations.AlterField(
            model_name="change",
            name="field",
            field=models.CharField(max_length=80),
        ),
    ]
