import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('consent', '0003_preferences_and_global_suppressions'),
        ('contacts', '0002_restriction'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='consentrecord',
            name='evidence_digest',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='evidence_salt',
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='previous_hash',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='profile',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='profile_date',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='sequence',
            field=models.IntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='consentsettings',
            name='contact_point',
            field=models.CharField(blank=True, db_default='', default='', max_length=254, verbose_name='where people ask about their data'),
        ),
        migrations.AddField(
            model_name='consentsettings',
            name='default_profile',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='usual rules'),
        ),
        migrations.AddField(
            model_name='consentsettings',
            name='ip_policy',
            field=models.CharField(choices=[('none', 'Nothing'), ('network', 'The network only'), ('full', 'The full address')], db_default='network', default='network', max_length=10, verbose_name='what is kept of an IP address'),
        ),
        migrations.AddField(
            model_name='consentsettings',
            name='uses_profiling',
            field=models.BooleanField(db_default=False, default=False, verbose_name='suggest from behaviour'),
        ),
        migrations.CreateModel(
            name='ConsentSeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('number', models.IntegerField()),
                ('after_id', models.BigIntegerField()),
                ('last_id', models.BigIntegerField()),
                ('count', models.BigIntegerField()),
                ('digest', models.BinaryField(max_length=32)),
                ('previous_hash', models.BinaryField(max_length=32)),
                ('hash', models.BinaryField(max_length=32)),
                ('sealed_at', models.DateTimeField()),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='LedgerCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Reading'), ('done', 'Done'), ('failed', 'Stopped')], default='waiting', max_length=10)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('records', models.BigIntegerField(default=0)),
                ('people', models.BigIntegerField(default=0)),
                ('unchained', models.BigIntegerField(default=0)),
                ('seals', models.IntegerField(default=0)),
                ('sealed_until', models.DateTimeField(null=True)),
                ('problem_count', models.BigIntegerField(default=0)),
                ('problems', models.JSONField(default=list)),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='PageVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('page', models.UUIDField()),
                ('number', models.IntegerField()),
                ('sha256', models.BinaryField(max_length=32)),
                ('body', models.TextField()),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.AddField(
            model_name='confirmation',
            name='page_version',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consent.pageversion'),
        ),
        migrations.AddField(
            model_name='consentrecord',
            name='page_version',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='consent.pageversion'),
        ),
        migrations.AddConstraint(
            model_name='consentseal',
            constraint=models.UniqueConstraint(fields=('workspace', 'number'), name='consent_seal_number_once'),
        ),
        migrations.AddIndex(
            model_name='ledgercheck',
            index=models.Index(fields=['workspace', '-id'], name='ledger_check_newest'),
        ),
        migrations.AddConstraint(
            model_name='pageversion',
            constraint=models.UniqueConstraint(fields=('workspace', 'page', 'number'), name='page_version_number_once'),
        ),
    ]
