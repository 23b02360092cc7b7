"""What a member wants of running support, before Stripe hears of it."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0005_withdrawn_reasons'),
    ]

    operations = [
        migrations.CreateModel(
            name='SupportChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('terms', 'another amount or interval'), ('pause', 'pause'), ('resume', 'go on after a pause'), ('end', 'end at the period’s end'), ('keep', 'go on after all'), ('cancel', 'end at once')], max_length=8, verbose_name='what')),
                ('state', models.CharField(choices=[('shown', 'shown, not confirmed'), ('asked', 'asked for'), ('done', 'done'), ('failed', 'failed')], max_length=8, verbose_name='state')),
                ('amount', models.PositiveIntegerField(blank=True, null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('interval', models.CharField(blank=True, choices=[('month', 'monthly'), ('year', 'yearly')], max_length=5)),
                ('product_id', models.CharField(blank=True, max_length=120)),
                ('item_id', models.CharField(blank=True, max_length=120)),
                ('is_prorated', models.BooleanField(default=False)),
                ('prorated_at', models.DateTimeField(blank=True, null=True)),
                ('due_now', models.PositiveIntegerField(blank=True, null=True)),
                ('credit', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.CharField(blank=True, choices=[('too_expensive', 'I cannot afford it just now.'), ('unused', 'I read too little of it.'), ('low_quality', 'I am not content with what you publish.'), ('switched_service', 'I support another newsroom instead.'), ('customer_service', 'Something went wrong with my support.'), ('other', 'Another reason.')], max_length=24, verbose_name='reason')),
                ('comment', models.TextField(blank=True, verbose_name='in the member’s words')),
                ('refusals', models.PositiveSmallIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='support_changes', to=settings.AUTH_USER_MODEL)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='members.subscription')),
            ],
            options={
                'verbose_name': 'change of support',
                'verbose_name_plural': 'changes of support',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'asked')), fields=['checked_at'], name='support_change_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('subscription',), name='support_change_one_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'terms'), _negated=True), models.Q(('amount__gt', 0), models.Q(('currency', ''), _negated=True), models.Q(('interval', ''), _negated=True)), _connector='OR'), name='support_change_has_terms')],
            },
        ),
    ]
