"""An order may say what its amount is made of, for tax."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_append_only")]

    operations = [migrations.AddField("order", "parts", models.JSONField(default=list))]
