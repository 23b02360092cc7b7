from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0018_card_index")]

    operations = [
        migrations.AlterField(
            "supportmove",
            "why",
            models.CharField(
                blank=True,
                choices=[
                    ("ending", "it is about to end"),
                    ("paused", "it is paused"),
                    ("unpaid", "a payment did not go through"),
                    ("trial", "it is on trial at Stripe and pays nothing yet"),
                    ("over", "it has ended"),
                    ("no_address", "there is no address to write to"),
                    ("moving", "another move is under way"),
                    ("not_offered", "the price is not offered any more"),
                    ("changed", "it was changed meanwhile"),
                    ("no_letter", "the letter did not reach them"),
                    ("refused", "Stripe did not accept it"),
                ],
                max_length=12,
                verbose_name="why",
            ),
        ),
    ]
