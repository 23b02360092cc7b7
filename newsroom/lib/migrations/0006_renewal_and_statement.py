"""Days before a yearly renewal, the text on bank statements, and what a cup of coffee costs."""

import django.core.validators
from django.db import migrations, models

import newsroom.lib.models.site_settings


class Migration(migrations.Migration):

    dependencies = [
        ("lib", "0005_legal_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="sitesettings",
            name="renewal_notice_days",
            field=models.PositiveSmallIntegerField(
                default=14,
                help_text="Yearly patrons are written to so many days before they pay again.",
                validators=[
                    django.core.validators.MinValueValidator(3), django.core.validators.MaxValueValidator(60),
                ],
                verbose_name="days before a yearly renewal",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="statement_text",
            field=models.CharField(
                blank=True,
                help_text="5 to 22 Latin characters; it may be neutral. A single gift by card shows it after the short text of Stripe’s dashboard. Empty: what the dashboard says; a tier that had a text at Stripe keeps its last one.",
                max_length=22,
                validators=[newsroom.lib.models.site_settings.check_statement_text],
                verbose_name="text on bank statements",
            ),
        ),
        migrations.AddField(
            model_name="sitesettings",
            name="coffee",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="The lowest step on the support page, in minor units by currency. Empty: no such step.",
                validators=[newsroom.lib.models.site_settings.check_coffee],
                verbose_name="what a cup of coffee costs",
            ),
        ),
    ]
