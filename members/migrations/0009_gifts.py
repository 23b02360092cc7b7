"""Support paid for somebody else, of which no row was ever written before; codes that make support cheaper."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0008_grace'),
    ]

    operations = [
        migrations.CreateModel(
            name='GiftLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'link of a gift',
                'verbose_name_plural': 'links of gifts',
            },
        ),
        migrations.AlterModelOptions(
            name='gift',
            options={'ordering': ['-id'], 'verbose_name': 'gift', 'verbose_name_plural': 'gifts'},
        ),
        migrations.RemoveField(
            model_name='gift',
            name='code_hash',
        ),
        migrations.AddField(
            model_name='checkout',
            name='takes_codes',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='gift',
            name='checkout',
            field=models.OneToOneField(default=None, on_delete=django.db.models.deletion.PROTECT, related_name='gift', to='members.checkout'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='gift',
            name='giver_name',
            field=models.CharField(blank=True, max_length=80, verbose_name='name of the giver'),
        ),
        migrations.AddField(
            model_name='gift',
            name='hand_over_on',
            field=models.DateField(blank=True, null=True, verbose_name='day on which it is handed over'),
        ),
        migrations.AddField(
            model_name='gift',
            name='handed_over_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='handed over'),
        ),
        migrations.AddField(
            model_name='gift',
            name='message',
            field=models.TextField(blank=True, max_length=500, verbose_name='words to the recipient'),
        ),
        migrations.AddField(
            model_name='gift',
            name='recipient_email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='address of the recipient'),
        ),
        migrations.AddField(
            model_name='gift',
            name='reminded_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='gift',
            name='state',
            field=models.CharField(choices=[('new', 'not paid'), ('paid', 'waits for its day'), ('given', 'handed over'), ('taken', 'taken'), ('lapsed', 'lapsed'), ('withdrawn', 'withdrawn')], default='new', max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='subscription',
            name='amount_off',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='discount_ends_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='subscription',
            name='percent_off',
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=5, null=True),
        ),
        migrations.AlterField(
            model_name='gift',
            name='months',
            field=models.PositiveSmallIntegerField(verbose_name='months'),
        ),
        migrations.AlterField(
            model_name='gift',
            name='payment',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='gift', to='members.payment'),
        ),
        migrations.AlterField(
            model_name='gift',
            name='redeemed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='taken'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='kind',
            field=models.CharField(choices=[('renewal', 'support'), ('donation', 'one-off gift'), ('gift', 'support for somebody else')], max_length=10),
        ),
        migrations.AddIndex(
            model_name='gift',
            index=models.Index(condition=models.Q(('state', 'paid')), fields=['hand_over_on'], name='gift_waits'),
        ),
        migrations.AddIndex(
            model_name='gift',
            index=models.Index(condition=models.Q(('state', 'given')), fields=['handed_over_at'], name='gift_given'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(('months__gt', 0)), name='gift_some_months'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'new'), ('payment__isnull', False), _connector='OR'), name='gift_paid_has_payment'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'taken'), _negated=True), models.Q(('period__isnull', False), ('redeemed_at__isnull', False), ('redeemed_by__isnull', False)), _connector='OR'), name='gift_taken_has_period'),
        ),
        migrations.AddField(
            model_name='giftlink',
            name='gift',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='members.gift'),
        ),
    ]
