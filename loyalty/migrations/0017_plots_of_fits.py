"""What was observed beside what a fit expects, kept with it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0016_posterior_of_pooled_rates")]

    operations = [migrations.AddField("fittedmodel", "plot", models.JSONField(default=list))]
