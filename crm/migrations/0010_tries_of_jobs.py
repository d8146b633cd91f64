"""A run whose worker died is begun again, a few times at most."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crm", "0009_covers")]

    operations = [
        migrations.AddField(model_name="jobrun", name="tries", field=models.PositiveSmallIntegerField(default=1)),
    ]
