"""Who received the money, by the name the law knows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lib', '0004_hold'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='legal_name',
            field=models.TextField(blank=True, help_text='As receipts and yearly statements name who received the money. Empty: the name above.', verbose_name='legal name and address'),
        ),
    ]
