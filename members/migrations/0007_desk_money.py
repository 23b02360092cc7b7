"""Tiers kept in step with Stripe, refunds with a row first, comparing with Stripe, the alarm, notes on members."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0006_support_change'),
    ]

    operations = [
        migrations.AddField(
            model_name='price',
            name='stripe_archived_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='tier',
            name='stripe_error',
            field=models.TextField(blank=True, editable=False, verbose_name='what Stripe refused'),
        ),
        migrations.AddField(
            model_name='tier',
            name='stripe_told',
            field=models.CharField(blank=True, editable=False, max_length=40),
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='running', max_length=10, verbose_name='state')),
                ('kind', models.CharField(choices=[('subscription', 'subscription'), ('invoice', 'invoice'), ('payment_intent', 'payment'), ('refund', 'refund'), ('dispute', 'dispute'), ('session', 'checkout')], default='subscription', max_length=20)),
                ('after', models.CharField(blank=True, max_length=120)),
                ('seen', models.PositiveIntegerField(default=0, verbose_name='compared')),
                ('foreign', models.PositiveIntegerField(default=0, verbose_name='not ours')),
                ('differing', models.PositiveIntegerField(default=0, verbose_name='differing')),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='begun')),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('started_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'reconciliation',
                'verbose_name_plural': 'reconciliations',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Drift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('subscription', 'subscription'), ('invoice', 'invoice'), ('payment_intent', 'payment'), ('refund', 'refund'), ('dispute', 'dispute'), ('session', 'checkout')], max_length=20, verbose_name='kind')),
                ('stripe_id', models.CharField(max_length=120)),
                ('says', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('open', 'open'), ('asked', 'to be mended'), ('mended', 'mended'), ('gone', 'gone by itself')], default='open', max_length=10, verbose_name='state')),
                ('error', models.TextField(blank=True)),
                ('found_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='found')),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('mended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('found_in', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drifts', to='members.reconciliation')),
            ],
            options={
                'verbose_name': 'difference from Stripe',
                'verbose_name_plural': 'differences from Stripe',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('amount', models.PositiveIntegerField(verbose_name='amount')),
                ('currency', models.CharField(max_length=3)),
                ('reason', models.CharField(choices=[('requested_by_customer', 'the patron asked'), ('duplicate', 'paid twice'), ('fraudulent', 'fraud')], max_length=24, verbose_name='reason')),
                ('state', models.CharField(choices=[('new', 'on its way'), ('done', 'done'), ('failed', 'refused'), ('unknown', 'unknown: look at Stripe')], default='new', max_length=10, verbose_name='state')),
                ('error', models.TextField(blank=True)),
                ('refund_id', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='asked')),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='members.payment')),
            ],
            options={
                'verbose_name': 'refund request',
                'verbose_name_plural': 'refund requests',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookAlarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('silent', 'events do not arrive'), ('failing', 'events cannot be applied')], max_length=10, verbose_name='kind')),
                ('raised_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='over')),
            ],
            options={
                'verbose_name': 'webhook alarm',
                'verbose_name_plural': 'webhook alarms',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('kind',), name='webhook_alarm_open_once')],
            },
        ),
        migrations.CreateModel(
            name='MemberNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(max_length=4000, verbose_name='note')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='staff_notes', to=settings.AUTH_USER_MODEL)),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'note on a member',
                'verbose_name_plural': 'notes on members',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['member', '-id'], name='note_of_member')],
            },
        ),
        migrations.AddConstraint(
            model_name='reconciliation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('state',), name='reconciliation_one_running'),
        ),
        migrations.AddIndex(
            model_name='drift',
            index=models.Index(condition=models.Q(('state__in', ('open', 'asked'))), fields=['state', 'id'], name='drift_open'),
        ),
        migrations.AddConstraint(
            model_name='drift',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('open', 'asked'))), fields=('kind', 'stripe_id'), name='drift_open_once'),
        ),
        migrations.AddIndex(
            model_name='refundrequest',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['created_at'], name='refund_request_new'),
        ),
        migrations.AddConstraint(
            model_name='refundrequest',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_request_positive'),
        ),
    ]
