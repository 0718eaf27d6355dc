"""The ledger is append-only in the database itself."""

from django.db import migrations

TABLES = ("payments_ledgertransaction", "payments_ledgerentry")


def forbid(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for table in TABLES:
        if vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {table}_stands BEFORE UPDATE ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
            )
        elif vendor == "postgresql":
            schema_editor.execute(
                f"CREATE OR REPLACE FUNCTION {table}_stands() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {table}_stands BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {table}_stands()"
            )


def allow(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER {table}_stands ON {table}")
            schema_editor.execute(f"DROP FUNCTION {table}_stands()")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_stands")


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunPython(forbid, allow)]
