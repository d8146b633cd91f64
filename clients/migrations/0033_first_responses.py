"""What came in names the promise of its first answer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0032_value_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="interaction",
            name="first_response",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="first_answer_to",
                to="clients.promise",
            ),
        ),
    ]
