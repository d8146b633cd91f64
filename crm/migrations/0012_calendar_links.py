from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0011_webhook_readings"),
    ]

    operations = [
        migrations.AlterField(
            model_name="signedlink",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("offer", "accept an offer"),
                    ("handover", "acknowledge a handover"),
                    ("statement", "see a package statement"),
                    ("invoice", "see an invoice"),
                    ("survey", "answer a survey"),
                    ("invitation", "join the firm"),
                    ("calendar", "read a calendar"),
                ],
                max_length=12,
            ),
        ),
    ]
