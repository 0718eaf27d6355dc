"""A term may be counted in days, weeks, months or years; what was sold before is in months."""

from django.db import migrations, models
from django.db.models import Q

UNITS = [("day", "days"), ("week", "weeks"), ("month", "months"), ("year", "years")]


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0001_initial"), ("plans", "0003_any_term")]

    operations = [
        migrations.RemoveConstraint("subscription", "a_subscription_has_a_term"),
        migrations.RenameField("subscription", "months", "term_count"),
        migrations.AddField(
            "subscription",
            "term_unit",
            models.CharField(choices=UNITS, default="month", max_length=5),
        ),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(term_count__gte=1), name="a_subscription_has_a_length"
            ),
        ),
    ]
