"""Whether the checkout asks for a promotion code."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lib', '0006_renewal_and_statement'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='takes_promotion_codes',
            field=models.BooleanField(default=False, help_text='Whoever begins lasting support may type a code of yours on Stripe’s page. Make codes at Stripe.', verbose_name='promotion codes'),
        ),
    ]
