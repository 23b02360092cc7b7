"""Whether a promotion code is good for what is paid: a coupon may be made for some tiers' products alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0021_credit_takings"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="discount_fits",
            field=models.BooleanField(default=True),
        ),
    ]
