import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('contacts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConsentSettings',
            fields=[
                ('workspace', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='accounts.workspace')),
                ('tracking_needs_consent', models.BooleanField(default=True, verbose_name='count opens and clicks only of people who agreed')),
            ],
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.BinaryField(max_length=32)),
                ('language', models.CharField(blank=True, max_length=20)),
                ('body', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='SignupPage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('intro', models.CharField(blank=True, max_length=500, verbose_name='introduction')),
                ('consent_text', models.CharField(max_length=500, verbose_name='what people agree to')),
                ('ask_name', models.BooleanField(default=True, verbose_name='ask for the first name')),
                ('is_open', models.BooleanField(default=True, verbose_name='open')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], default='email', max_length=10)),
                ('topics', models.JSONField(default=list)),
                ('tracking', models.BooleanField(default=False)),
                ('language', models.CharField(blank=True, max_length=20)),
                ('sent_count', models.PositiveSmallIntegerField(default=0)),
                ('last_sent_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.contact')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                ('text', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='consent.consenttext')),
                ('page', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='consent.signuppage')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], default='email', max_length=10, verbose_name='channel')),
                ('address', models.CharField(blank=True, max_length=254, verbose_name='address')),
                ('address_hash', models.BinaryField(max_length=32, null=True)),
                ('domain', models.CharField(blank=True, max_length=253, verbose_name='domain')),
                ('reason', models.CharField(choices=[('hard_bounce', 'Address does not work'), ('complaint', 'Complained'), ('unsubscribe', 'Unsubscribed from everything'), ('manual', 'Added by hand'), ('legal', 'Legal'), ('invalid', 'Invalid address')], max_length=20, verbose_name='reason')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('key', models.CharField(max_length=60, verbose_name='key')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('public', models.BooleanField(default=True, verbose_name='shown in the preference centre')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.AddField(
            model_name='signuppage',
            name='topics',
            field=models.ManyToManyField(related_name='+', to='consent.topic'),
        ),
        migrations.CreateModel(
            name='ConsentState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], max_length=10)),
                ('purpose', models.CharField(choices=[('marketing', 'Messages'), ('tracking', 'Counting opens and clicks'), ('profiling', 'Suggestions from behaviour')], max_length=10)),
                ('state', models.CharField(choices=[('pending', 'Waiting for confirmation'), ('granted', 'Agreed'), ('denied', 'Said no'), ('withdrawn', 'Withdrew'), ('expired', 'Ran out')], max_length=10)),
                ('basis', models.CharField(blank=True, choices=[('express', 'They agreed'), ('implied_purchase', 'They bought'), ('implied_inquiry', 'They asked'), ('soft_opt_in', 'Customer, offered an opt-out'), ('contract', 'Contract'), ('legitimate_interest', 'Legitimate interest')], max_length=20)),
                ('changed_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.contact')),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                ('topic', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='consent.topic')),
            ],
        ),
        migrations.CreateModel(
            name='ConsentRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], max_length=10)),
                ('purpose', models.CharField(choices=[('marketing', 'Messages'), ('tracking', 'Counting opens and clicks'), ('profiling', 'Suggestions from behaviour')], max_length=10)),
                ('state', models.CharField(choices=[('pending', 'Waiting for confirmation'), ('granted', 'Agreed'), ('denied', 'Said no'), ('withdrawn', 'Withdrew'), ('expired', 'Ran out')], max_length=10)),
                ('basis', models.CharField(blank=True, choices=[('express', 'They agreed'), ('implied_purchase', 'They bought'), ('implied_inquiry', 'They asked'), ('soft_opt_in', 'Customer, offered an opt-out'), ('contract', 'Contract'), ('legitimate_interest', 'Legitimate interest')], max_length=20)),
                ('source', models.CharField(max_length=40)),
                ('source_detail', models.CharField(blank=True, max_length=200)),
                ('ip_address', models.GenericIPAddressField(null=True)),
                ('user_agent', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contact', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contacts.contact')),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.workspace')),
                ('text', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consent.consenttext')),
                ('topic', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consent.topic')),
            ],
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.UniqueConstraint(fields=('workspace', 'sha256'), name='consent_text_once'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(condition=models.Q(('address_hash__isnull', False)), fields=('workspace', 'channel', 'address_hash'), name='suppression_address_once'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(condition=models.Q(('domain', ''), _negated=True), fields=('workspace', 'channel', 'domain'), name='suppression_domain_once'),
        ),
        migrations.AddConstraint(
            model_name='topic',
            constraint=models.UniqueConstraint(fields=('workspace', 'key'), name='topic_key_once'),
        ),
        migrations.AddIndex(
            model_name='consentstate',
            index=models.Index(fields=['workspace', 'channel', 'topic', 'purpose', 'contact'], include=('state', 'expires_at'), name='consent_state_lookup'),
        ),
        migrations.AddIndex(
            model_name='consentstate',
            index=models.Index(condition=models.Q(('expires_at__isnull', False)), fields=['expires_at'], name='consent_state_expiry'),
        ),
        migrations.AddConstraint(
            model_name='consentstate',
            constraint=models.UniqueConstraint(fields=('contact', 'channel', 'topic', 'purpose'), name='consent_state_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='consentrecord',
            index=models.Index(fields=['contact', '-at'], name='consent_of_contact'),
        ),
        migrations.AddIndex(
            model_name='consentrecord',
            index=models.Index(fields=['workspace', '-id'], name='consent_newest'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=models.Index(fields=['workspace', '-created_at'], name='suppression_newest'),
        ),
    ]
