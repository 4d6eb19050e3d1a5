import core.ids
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('file', models.FileField(upload_to='imports/%Y/%m/')),
                ('file_name', models.CharField(max_length=200)),
                ('file_size', models.BigIntegerField(default=0)),
                ('dialect', models.JSONField(default=dict)),
                ('mapping', models.JSONField(default=dict)),
                ('options', models.JSONField(default=dict)),
                ('status', models.CharField(choices=[('draft', 'Choosing columns'), ('queued', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('undoing', 'Being undone'), ('undone', 'Undone')], default='draft', max_length=10)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('total', models.BigIntegerField(default=0)),
                ('bytes_done', models.BigIntegerField(default=0)),
                ('created', models.BigIntegerField(default=0)),
                ('updated', models.BigIntegerField(default=0)),
                ('unchanged', models.BigIntegerField(default=0)),
                ('rejected', models.BigIntegerField(default=0)),
                ('kept', models.BigIntegerField(default=0)),
                ('is_stopping', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('external_id', models.CharField(blank=True, max_length=120, null=True, verbose_name='external id')),
                ('first_name', models.CharField(blank=True, default='', max_length=120, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, default='', max_length=120, verbose_name='last name')),
                ('email', models.CharField(blank=True, default='', max_length=254, verbose_name='e-mail address')),
                ('phone', models.CharField(blank=True, default='', max_length=20, verbose_name='phone')),
                ('language', models.CharField(blank=True, default='', max_length=20, verbose_name='language')),
                ('time_zone', models.CharField(blank=True, default='', max_length=64, verbose_name='time zone')),
                ('country', models.CharField(blank=True, default='', max_length=2, verbose_name='country')),
                ('attributes', models.JSONField(blank=True, default=dict, verbose_name='attributes')),
                ('folded', models.JSONField(blank=True, default=dict)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('search', django.contrib.postgres.search.SearchVectorField(null=True)),
                ('bucket_seed', models.IntegerField(default=0)),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('imported_at', models.DateTimeField(blank=True, null=True)),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                ('import_batch', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='contacts.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportedChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField()),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.contact')),
                ('import_batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.import')),
            ],
        ),
        migrations.CreateModel(
            name='ImportReject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_number', models.BigIntegerField()),
                ('reason', models.CharField(max_length=40)),
                ('column', models.CharField(blank=True, max_length=200)),
                ('value', models.CharField(blank=True, max_length=300)),
                ('cells', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('import_batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='contacts.import')),
            ],
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], max_length=10)),
                ('address_hash', models.BinaryField(max_length=32)),
                ('erased_at', models.DateTimeField(auto_now_add=True)),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.CreateModel(
            name='Attribute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=core.ids.uuid7, editable=False, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('key', models.CharField(max_length=60, verbose_name='key')),
                ('type', models.CharField(choices=[('text', 'Text'), ('number', 'Number'), ('boolean', 'Yes or no'), ('date', 'Date'), ('datetime', 'Date and time'), ('choice', 'One of a list'), ('multi_choice', 'Several of a list'), ('money', 'Money')], max_length=12, verbose_name='type')),
                ('label', models.CharField(max_length=80, verbose_name='label')),
                ('description', models.CharField(blank=True, max_length=300, verbose_name='description')),
                ('choices', models.JSONField(blank=True, default=list, verbose_name='choices')),
                ('workspace', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('workspace', 'key'), name='attribute_key_once')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('telegram', 'Telegram'), ('whatsapp', 'WhatsApp'), ('messenger', 'Messenger'), ('viber', 'Viber'), ('voice', 'Voice')], max_length=10, verbose_name='channel')),
                ('value', models.CharField(max_length=254, verbose_name='address')),
                ('domain', models.CharField(blank=True, default='', max_length=253)),
                ('status', models.CharField(choices=[('unverified', 'Not verified'), ('valid', 'Good'), ('risky', 'Risky'), ('invalid', 'Invalid'), ('dead', 'Dead')], default='unverified', max_length=10, verbose_name='state')),
                ('status_reason', models.CharField(blank=True, default='', max_length=120)),
                ('status_at', models.DateTimeField(blank=True, null=True)),
                ('is_primary', models.BooleanField(default=True, verbose_name='primary')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('workspace', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                ('contact', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='contacts.contact')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('workspace', 'channel', 'value'), name='address_once'), models.UniqueConstraint(condition=models.Q(('is_primary', True)), fields=('contact', 'channel'), name='address_one_primary')],
            },
        ),
        migrations.AddIndex(
            model_name='import',
            index=models.Index(fields=['workspace', '-created_at'], name='import_newest'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['workspace', '-id'], name='contact_newest'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['workspace', 'email', 'id'], name='contact_by_email'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=models.Index(fields=['workspace', 'last_name', 'first_name', 'id'], name='contact_by_name'),
        ),
        migrations.AddIndex(
            model_name='contact',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='contact_search'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(condition=models.Q(('external_id__isnull', False)), fields=('workspace', 'external_id'), name='contact_external_id_once'),
        ),
        migrations.AddConstraint(
            model_name='importedchange',
            constraint=models.UniqueConstraint(fields=('import_batch', 'contact'), name='imported_change_once'),
        ),
        migrations.AddIndex(
            model_name='importreject',
            index=models.Index(fields=['import_batch', 'row_number'], name='import_reject_rows'),
        ),
        migrations.AddConstraint(
            model_name='tombstone',
            constraint=models.UniqueConstraint(fields=('workspace', 'channel', 'address_hash'), name='tombstone_once'),
        ),
    ]
