"""A term may be counted in days, weeks, months or years; what was sold before is in months."""

import django.core.validators
from django.db import migrations, models
from django.db.models import Q

UNITS = [("day", "days"), ("week", "weeks"), ("month", "months"), ("year", "years")]


class Migration(migrations.Migration):
    dependencies = [("plans", "0002_gifts_per_month")]

    operations = [
        migrations.RemoveConstraint("plan", "a_term_has_a_month"),
        migrations.RenameField("plan", "months", "term_count"),
        migrations.AlterField(
            "plan",
            "term_count",
            models.PositiveSmallIntegerField(
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="length of a term",
            ),
        ),
        migrations.AddField(
            "plan",
            "term_unit",
            models.CharField(
                choices=UNITS, default="month", max_length=5, verbose_name="counted in"
            ),
        ),
        migrations.AddConstraint(
            "plan",
            models.CheckConstraint(condition=Q(term_count__gte=1), name="a_term_has_a_length"),
        ),
    ]
