"""What people answer is noted for the segments that are followed, in the transaction it is written in."""

from django.db import migrations

CREATE = "".join(
    f"CREATE TRIGGER segments_note_{change.lower()} AFTER {change} ON flows_submission"
    f" REFERENCING {rows} TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION segments_note_rows('flow');\n"
    for change, rows in {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}.items()
)
DROP = "".join(
    f"DROP TRIGGER segments_note_{change} ON flows_submission;\n" for change in ("insert", "update", "delete")
)


class Migration(migrations.Migration):
    dependencies = [("flows", "0001_initial"), ("segments", "0004_noting_changes")]
    operations = [migrations.RunSQL(CREATE, DROP)]
