"""Pauses, switches of plan, terms cut short, and what a dispute freezes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("payments", "0003_parts_of_an_order"),
        ("plans", "0003_any_term"),
        ("subscriptions", "0002_any_term"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("resumes_on", models.DateField()),
                ("frozen_days", models.PositiveSmallIntegerField()),
                ("paused_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Switch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("made", "Made"), ("void", "Void")],
                        default="open",
                        max_length=4,
                    ),
                ),
                ("on", models.DateField()),
                ("credit_minor", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="subscription",
            name="subscription_state_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="subscription",
            name="a_live_subscription_has_a_paid_term",
        ),
        migrations.RemoveConstraint(
            model_name="subscription",
            name="one_live_subscription_a_reader",
        ),
        migrations.RemoveConstraint(
            model_name="term",
            name="a_term_ends_after_it_starts",
        ),
        migrations.RemoveIndex(
            model_name="subscription",
            name="subscriptions_due",
        ),
        migrations.AddField(
            model_name="subscription",
            name="frozen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="next_plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="plans.plan",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="next_price",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="plans.price",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="stopped_for",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="subscription",
            name="suspended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="won_back_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="term",
            name="credit_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="term",
            name="paused_days",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="term",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="plans.plan",
            ),
        ),
        migrations.AddField(
            model_name="term",
            name="price",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="plans.price",
            ),
        ),
        migrations.AddField(
            model_name="term",
            name="was_to_end_on",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="state",
            field=models.CharField(
                choices=[
                    ("incomplete", "incomplete"),
                    ("abandoned", "abandoned"),
                    ("active", "active"),
                    ("renewing", "renewing"),
                    ("past_due", "past_due"),
                    ("paused", "paused"),
                    ("lapsed", "lapsed"),
                    ("ended", "ended"),
                ],
                default="incomplete",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(
                    ("due_at__isnull", False),
                    ("state__in", ["active", "past_due", "paused", "renewing"]),
                ),
                fields=["due_at"],
                name="subscriptions_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("next_plan__isnull", True), ("next_price__isnull", True)),
                    models.Q(("next_plan__isnull", False), ("next_price__isnull", False)),
                    _connector="OR",
                ),
                name="a_next_plan_has_its_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "abandoned",
                            "active",
                            "ended",
                            "incomplete",
                            "lapsed",
                            "past_due",
                            "paused",
                            "renewing",
                        ],
                    )
                ),
                name="subscription_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["active", "past_due", "paused", "renewing"]), _negated=True
                    ),
                    models.Q(("ends_on__isnull", False), ("seq__gte", 1)),
                    _connector="OR",
                ),
                name="a_live_subscription_has_a_paid_term",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["active", "past_due", "paused", "renewing"])),
                fields=("reader",),
                name="one_live_subscription_a_reader",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ends_on__gt", models.F("starts_on")),
                    models.Q(("ends_on", models.F("starts_on")), ("was_to_end_on__isnull", False)),
                    _connector="OR",
                ),
                name="a_term_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=models.Q(("credit_minor__gte", 0)), name="a_credit_is_not_below_nought"
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pauses",
                to="subscriptions.subscription",
            ),
        ),
        migrations.AddField(
            model_name="switch",
            name="order",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="switch",
                to="payments.order",
            ),
        ),
        migrations.AddField(
            model_name="switch",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.plan"
            ),
        ),
        migrations.AddField(
            model_name="switch",
            name="price",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.price"
            ),
        ),
        migrations.AddField(
            model_name="switch",
            name="subscription",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="switches",
                to="subscriptions.subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="pause",
            index=models.Index(
                condition=models.Q(("resumed_at__isnull", True)),
                fields=["resumes_on"],
                name="pauses_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(("resumes_on__gte", models.F("starts_on"))),
                name="a_pause_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resumed_at__isnull", True)),
                fields=("subscription",),
                name="one_pause_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("subscription",),
                name="one_switch_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="switch",
            constraint=models.CheckConstraint(
                condition=models.Q(("credit_minor__gte", 0)),
                name="a_switch_gives_no_less_than_nought",
            ),
        ),
    ]
