"""SQL functions that the tables of the next migration are built on."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        # array_to_string is only STABLE, since it must serve any element type; for text[] it depends on nothing but
        # its input, so a generated column may use it through this.
        migrations.RunSQL(
            sql="CREATE FUNCTION greenroom_words(text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE "
            "RETURN array_to_string($1, ' ')",
            reverse_sql="DROP FUNCTION greenroom_words(text[])",
        ),
    ]
