"""Writes the badge and the band of every client whose value is known already, by the policy in force."""

from typing import Any

from django.db import migrations


def write_badges(apps: Any, _schema_editor: Any) -> None:
    policy = apps.get_model("loyalty", "LoyaltyPolicy").objects.first()
    residual = policy is not None and policy.badge == "residual"
    shown = policy is None or policy.consultants_see_bands
    bounds = sorted(policy.value_bands) if policy else [10_000, 50_000, 250_000, 1_000_000]
    figures = apps.get_model("clients", "ClientFigure").objects.exclude(simple_value=None, residual_value=None)
    rows = list(figures)
    for row in rows:
        value = row.residual_value if residual and row.residual_value is not None else row.simple_value
        row.badge_value = value
        if shown and value is not None:
            row.band_low = max((bound for bound in bounds if bound <= value), default=None)
            row.band_high = min((bound for bound in bounds if bound > value), default=None)
    figures.bulk_update(rows, ["badge_value", "band_low", "band_high"], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0002_segment_years_and_survey_pauses"),
        ("clients", "0007_value_badge_and_band"),
    ]

    operations = [migrations.RunPython(write_badges, migrations.RunPython.noop)]
