"""How far a new firm has come in setting itself up."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0003_invitations_wait"),
    ]

    operations = [
        migrations.AddField(
            model_name="firm",
            name="setup_steps",
            field=models.JSONField(blank=True, default=dict, editable=False),
        ),
    ]
