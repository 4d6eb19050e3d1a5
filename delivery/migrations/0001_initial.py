import core.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('channels', '0001_initial'),
        ('consent', '0002_ledger_is_append_only'),
        ('contacts', '0001_initial'),
        ('content', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Dispatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('source_kind', models.CharField(max_length=20)),
                ('source_id', models.BigIntegerField()),
                ('occurrence', models.DateTimeField()),
                ('name', models.CharField(max_length=120)),
                ('status', models.CharField(choices=[('running', 'Sending'), ('paused', 'Paused'), ('cancelled', 'Cancelled'), ('finished', 'Finished')], default='running', max_length=10)),
                ('pause_reason', models.CharField(blank=True, max_length=300)),
                ('targeted', models.BigIntegerField(default=0)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('trouble_since', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, unique=True)),
                ('purpose', models.CharField(choices=[('marketing', 'Marketing'), ('transactional', 'Transactional'), ('service', 'Service'), ('system', 'From Rapport itself'), ('test', 'Test')], max_length=14)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], default='email', max_length=10)),
                ('step', models.SmallIntegerField(default=0)),
                ('recipient', models.CharField(max_length=254)),
                ('data', models.JSONField(null=True)),
                ('idempotency_key', models.CharField(max_length=200, null=True)),
                ('status', models.CharField(choices=[('pending', 'Waiting'), ('claimed', 'Being prepared'), ('sending', 'Being sent'), ('sent', 'Sent'), ('skipped', 'Skipped'), ('failed', 'Failed'), ('unknown', 'Unknown'), ('cancelled', 'Cancelled')], default='pending', max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=40)),
                ('detail', models.CharField(blank=True, default='', max_length=300)),
                ('created_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('owner', models.UUIDField(null=True)),
                ('lease_until', models.DateTimeField(null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('is_tracked', models.BooleanField(default=False)),
                ('settled_at', models.DateTimeField(null=True)),
                ('provider_id', models.CharField(blank=True, default='', max_length=200)),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contacts.contact')),
                ('content_version', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.contentversion')),
                ('dispatch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='delivery.dispatch')),
                ('sender', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='channels.sender')),
                ('topic', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='consent.topic')),
                ('workspace', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='MessageFact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], default='email', max_length=10)),
                ('action', models.CharField(choices=[('delivered', 'Delivered'), ('opened', 'Opened'), ('clicked', 'Clicked'), ('bounced', 'Bounced'), ('complained', 'Complained'), ('unsubscribed', 'Unsubscribed')], max_length=12)),
                ('verdict', models.CharField(choices=[('human', 'A person'), ('machine', 'A machine'), ('uncertain', 'Uncertain')], default='human', max_length=10)),
                ('link', models.SmallIntegerField(default=-1)),
                ('at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('times', models.IntegerField(default=1)),
                ('detail', models.CharField(blank=True, default='', max_length=200)),
                ('contact', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='contacts.contact')),
                ('dispatch', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='delivery.dispatch')),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='delivery.message')),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.AddIndex(
            model_name='dispatch',
            index=models.Index(condition=models.Q(('status', 'running')), fields=['claimed_at'], name='dispatch_running'),
        ),
        migrations.AddConstraint(
            model_name='dispatch',
            constraint=models.UniqueConstraint(fields=('source_kind', 'source_id', 'occurrence'), name='dispatch_occurrence_once'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['dispatch', 'due_at', 'id'], name='message_due'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status__in', ['claimed', 'sending'])), fields=['owner', 'lease_until'], name='message_held'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['dispatch', 'status', 'reason'], name='message_outcomes'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['contact', '-id'], name='message_of_contact'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status', 'sent')), fields=['workspace', 'settled_at'], name='message_sent_at'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('dispatch__isnull', False)), fields=('dispatch', 'contact', 'step'), name='message_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('workspace', 'idempotency_key'), name='message_idempotency'),
        ),
        migrations.AddIndex(
            model_name='messagefact',
            index=models.Index(fields=['workspace', 'action', 'at'], include=('contact', 'verdict', 'message'), name='fact_action_at'),
        ),
        migrations.AddIndex(
            model_name='messagefact',
            index=models.Index(fields=['contact', 'action', 'at'], name='fact_contact'),
        ),
        migrations.AddIndex(
            model_name='messagefact',
            index=models.Index(fields=['dispatch', 'action', 'verdict'], include=('message',), name='fact_dispatch'),
        ),
        migrations.AddConstraint(
            model_name='messagefact',
            constraint=models.UniqueConstraint(fields=('message', 'action', 'verdict', 'link'), name='message_fact_once'),
        ),
    ]
