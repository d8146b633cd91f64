"""A company has one series for each kind of document: a second one would silently never be used."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_course_of_retainers")]

    operations = [
        migrations.AddConstraint(
            model_name="series",
            constraint=models.UniqueConstraint(
                fields=("seller", "kind"),
                name="series_kind_once",
                violation_error_message="This company has a series for such documents already.",
            ),
        ),
    ]
