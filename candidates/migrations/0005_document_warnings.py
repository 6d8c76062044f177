from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0004_changes_of_columns"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="warnings",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
