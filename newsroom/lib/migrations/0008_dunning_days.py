"""On which days a failed renewal is written about."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lib', '0007_promotion_codes'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='dunning_days',
            field=models.CharField(default='0, 3, 7', help_text='Counted from the day the payment was due, within the grace. A last letter goes two days before its end.', max_length=40, validators=[django.core.validators.RegexValidator('^\\s*[0-9]{1,2}\\s*(,\\s*[0-9]{1,2}\\s*)*$', 'Write whole days with commas between: 0, 3, 7.')], verbose_name='days on which a failed renewal is written about'),
        ),
    ]
