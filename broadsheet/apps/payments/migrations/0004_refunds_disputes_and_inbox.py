"""Money given back, disputes, and the inbox of what gateways tell."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("payments", "0003_parts_of_an_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=20)),
                ("gateway_reference", models.CharField(max_length=120)),
                (
                    "state",
                    models.CharField(
                        choices=[("opened", "Opened"), ("won", "Won"), ("lost", "Lost")],
                        default="opened",
                        max_length=6,
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(blank=True, max_length=120)),
                ("opened_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="GatewayEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=20)),
                ("event_id", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=10)),
                ("key", models.CharField(blank=True, max_length=64)),
                ("gateway_reference", models.CharField(blank=True, max_length=120)),
                ("body", models.BinaryField()),
                ("headers", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField(null=True)),
                ("received_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("early", "Early"),
                            ("applied", "Applied"),
                            ("ignored", "Ignored"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, max_length=240)),
            ],
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("gateway", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(max_length=240)),
                ("actor", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("sent", "sent"),
                            ("succeeded", "succeeded"),
                            ("declined", "declined"),
                            ("not_sent", "not_sent"),
                            ("pending", "pending"),
                            ("unknown", "unknown"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("gateway_reference", models.CharField(max_length=120, null=True)),
                ("owner", models.CharField(blank=True, max_length=40)),
                ("planned_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("deadline_at", models.DateTimeField(null=True)),
                ("next_check_at", models.DateTimeField(null=True)),
                ("checks", models.PositiveSmallIntegerField(default=0)),
                ("closed_at", models.DateTimeField(null=True)),
                ("decline_code", models.CharField(blank=True, max_length=60)),
                ("says", models.CharField(blank=True, max_length=240)),
            ],
        ),
        migrations.AddField(
            model_name="payment",
            name="refunded_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("refunded_minor__gte", 0), ("refunded_minor__lte", models.F("amount_minor"))
                ),
                name="no_more_is_given_back_than_was_paid",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disputes",
                to="payments.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="gatewayevent",
            index=models.Index(
                condition=models.Q(("state__in", ["early", "waiting"])),
                fields=["next_try_at"],
                name="events_to_see_to",
            ),
        ),
        migrations.AddIndex(
            model_name="gatewayevent",
            index=models.Index(fields=["gateway", "-received_at"], name="events_of_a_gateway"),
        ),
        migrations.AddConstraint(
            model_name="gatewayevent",
            constraint=models.UniqueConstraint(
                fields=("gateway", "event_id"), name="one_telling_an_event"
            ),
        ),
        migrations.AddConstraint(
            model_name="gatewayevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "early", "applied", "ignored"])),
                name="event_state_is_known",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="charge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="payments.charge",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="payment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="payments.payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                fields=("gateway", "gateway_reference"), name="one_dispute_a_gateway_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["opened", "won", "lost"])),
                name="dispute_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="a_dispute_is_about_something"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["not_sent", "pending", "planned", "sent", "unknown"])
                ),
                fields=["next_check_at"],
                name="refunds_to_see_to",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("gateway_reference__isnull", False)),
                fields=("gateway", "gateway_reference"),
                name="one_refund_a_gateway_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "declined",
                            "not_sent",
                            "pending",
                            "planned",
                            "sent",
                            "succeeded",
                            "unknown",
                        ],
                    )
                ),
                name="refund_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "succeeded"), _negated=True),
                    ("gateway_reference__isnull", False),
                    _connector="OR",
                ),
                name="a_refund_given_has_a_reference",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="a_refund_is_of_something"
            ),
        ),
    ]
