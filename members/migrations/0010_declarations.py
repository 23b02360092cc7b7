"""Ending support and withdrawing without signing in; what a tier brings, point by point; the text on statements."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CONCURRENTLY, for the table of payments, knows no transaction

    dependencies = [
        ('members', '0009_gifts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Declaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('end', 'end of support'), ('withdraw', 'withdrawal')], max_length=8, verbose_name='what')),
                ('carried_as', models.CharField(blank=True, choices=[('end', 'end of support'), ('withdraw', 'withdrawal')], max_length=8)),
                ('state', models.CharField(choices=[('asked', 'written to, not confirmed'), ('confirmed', 'being carried out'), ('done', 'done'), ('failed', 'failed: a person must look')], default='asked', max_length=10, verbose_name='state')),
                ('given', models.CharField(max_length=254, verbose_name='address or receipt number given')),
                ('name', models.CharField(blank=True, max_length=150, verbose_name='name given')),
                ('reason', models.CharField(blank=True, choices=[('too_expensive', 'I cannot afford it just now.'), ('unused', 'I read too little of it.'), ('low_quality', 'I am not content with what you publish.'), ('switched_service', 'I support another newsroom instead.'), ('customer_service', 'Something went wrong with my support.'), ('other', 'Another reason.')], max_length=24, verbose_name='reason')),
                ('language', models.CharField(max_length=12)),
                ('token_hash', models.CharField(editable=False, max_length=64, unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='received')),
                ('expires_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'declaration',
                'verbose_name_plural': 'declarations',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='DeclaredEffect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('end', 'ends with the paid time'), ('cancel', 'ends at once'), ('already', 'was about to end already'), ('refund', 'goes back')], max_length=8)),
                ('state', models.CharField(choices=[('asked', 'on its way'), ('done', 'done'), ('failed', 'failed')], default='asked', max_length=8)),
                ('amount', models.PositiveIntegerField()),
                ('currency', models.CharField(max_length=3)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
                ('checked_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'what came of a declaration',
                'verbose_name_plural': 'what came of declarations',
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='checkout',
            name='statement_text',
            field=models.CharField(blank=True, max_length=22),
        ),
        migrations.AddField(
            model_name='tier',
            name='brings',
            field=models.TextField(blank=True, help_text='One point a line; three at most are shown.', verbose_name='what it brings, point by point'),
        ),
        migrations.AddField(
            model_name='declaration',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='declarations', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='declaredeffect',
            name='change',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.supportchange'),
        ),
        migrations.AddField(
            model_name='declaredeffect',
            name='declaration',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='effects', to='members.declaration'),
        ),
        migrations.AddField(
            model_name='declaredeffect',
            name='payment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='declared', to='members.payment'),
        ),
        migrations.AddField(
            model_name='declaredeffect',
            name='refund',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.refundrequest'),
        ),
        migrations.AddField(
            model_name='declaredeffect',
            name='subscription',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='declared', to='members.subscription'),
        ),
        migrations.AddIndex(
            model_name='declaration',
            index=models.Index(fields=['member', '-made_at'], name='declaration_of_member'),
        ),
        migrations.AddConstraint(
            model_name='declaration',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'asked'), models.Q(('confirmed_at__isnull', False), models.Q(('carried_as', ''), _negated=True)), _connector='OR'), name='declaration_confirmed'),
        ),
        migrations.AddIndex(
            model_name='declaredeffect',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['checked_at'], name='declared_effect_open'),
        ),
        migrations.AddConstraint(
            model_name='declaredeffect',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'refund'), ('payment__isnull', False), ('subscription__isnull', True)), models.Q(models.Q(('kind', 'refund'), _negated=True), ('payment__isnull', True), ('subscription__isnull', False)), _connector='OR'), name='declared_effect_on_one'),
        ),
        migrations.AddConstraint(
            model_name='declaredeffect',
            constraint=models.UniqueConstraint(fields=('declaration', 'subscription'), name='declared_end_once'),
        ),
        migrations.AddConstraint(
            model_name='declaredeffect',
            constraint=models.UniqueConstraint(fields=('declaration', 'payment'), name='declared_refund_once'),
        ),
        AddIndexConcurrently(
            model_name='payment',
            index=models.Index(condition=models.Q(('receipt_number', ''), _negated=True), fields=['receipt_number'], name='payment_receipt_number'),
        ),
    ]
