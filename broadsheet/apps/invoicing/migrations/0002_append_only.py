"""What was issued stands: documents and what they name are never changed in the database itself."""

from django.db import migrations

TABLES = (
    "invoicing_registration",
    "invoicing_invoice",
    "invoicing_invoiceline",
    "invoicing_creditnote",
    "invoicing_creditnoteline",
)


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_stands BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'what was issued stands'); END"
            )
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION invoicing_stands() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'what was issued stands'; END $$"
        )
        for table in TABLES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_stands BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION invoicing_stands()"
            )


def allow(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        schema_editor.execute(
            f"DROP TRIGGER {table}_stands" + (f" ON {table}" if postgresql else "")
        )
    if postgresql:
        schema_editor.execute("DROP FUNCTION invoicing_stands()")


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial")]

    operations = [migrations.RunPython(forbid, allow)]
