"""When a person was last told in writing what we are worth to the client."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0031_influence_on_record"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="value_statement_on",
            field=models.DateField(editable=False, null=True, verbose_name="last value statement"),
        ),
    ]
