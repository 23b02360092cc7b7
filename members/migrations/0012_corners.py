"""A change of address that waits for its proof; running support on its way to a new price; how far a walk is."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('lib', '0005_legal_name'),
        ('members', '0011_defence'),
    ]

    operations = [
        migrations.CreateModel(
            name='PriceMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('job', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='lib.job')),
                ('price', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='members.price')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'move to a new price',
                'verbose_name_plural': 'moves to new prices',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AddressChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='new address')),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('state', models.CharField(choices=[('open', 'waits for proof'), ('proved', 'proved'), ('ended', 'ended')], default='open', max_length=6, verbose_name='state')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='address_changes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'change of address',
                'verbose_name_plural': 'changes of address',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('member',), name='address_change_one_open')],
            },
        ),
        migrations.CreateModel(
            name='SupportMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_amount', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('waiting', 'to be written to'), ('told', 'written to'), ('done', 'pays the new price'), ('kept', 'keeps the old amount'), ('skipped', 'left out'), ('failed', 'failed'), ('stopped', 'stopped')], default='waiting', max_length=8, verbose_name='state')),
                ('why', models.CharField(blank=True, choices=[('ending', 'it is about to end'), ('paused', 'it is paused'), ('unpaid', 'a payment did not go through'), ('over', 'it has ended'), ('no_address', 'there is no address to write to'), ('moving', 'another move is under way'), ('not_offered', 'the price is not offered any more'), ('changed', 'it was changed meanwhile'), ('no_letter', 'the letter did not reach them'), ('refused', 'Stripe did not accept it')], max_length=12, verbose_name='why')),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('change', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='move', to='members.supportchange')),
                ('move', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supports', to='members.pricemove')),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='members.subscription')),
            ],
            options={
                'verbose_name': 'support on its way to a new price',
                'verbose_name_plural': 'support on its way to a new price',
                'ordering': ['id'],
                'indexes': [models.Index(condition=models.Q(('state__in', ('waiting', 'told', 'failed'))), fields=['checked_at'], name='support_move_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('waiting', 'told'))), fields=('subscription',), name='support_move_one_open')],
            },
        ),
        migrations.AddField(
            model_name='reconciliation',
            name='reached_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
