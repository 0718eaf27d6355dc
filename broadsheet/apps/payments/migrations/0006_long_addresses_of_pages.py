from django.db import migrations, models


class Migration(migrations.Migration):
    """A company's page may have an address of many hundred letters, most of them behind the ``#``."""

    dependencies = [("payments", "0005_pace_of_a_gateway")]

    operations = [
        migrations.AlterField("charge", "page_url", models.CharField(blank=True, max_length=2000)),
    ]
