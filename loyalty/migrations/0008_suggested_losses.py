"""How many of the losses behind the retention table nobody has confirmed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0007_kept_calibration")]

    operations = [
        migrations.AddField(
            model_name="retentionsnapshot",
            name="suggested_count",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
