"""Addresses of buying and of the account; sign-in itself is allauth's, under ``/account/`` too."""

from __future__ import annotations

from django.urls import path, register_converter

from broadsheet.web.reader.views import (
    account,
    checkout,
    gifts,
    giving,
    going_on,
    invoices,
    licence,
    meter,
    reader_pass,
    receipt,
    subscription,
)

register_converter(invoices.NumberConverter, "document")

urlpatterns = [
    path("subscribe/checkout/", checkout.checkout, name="checkout"),
    path("subscribe/checkout/<uuid:uid>/", checkout.order, name="order"),
    path("subscribe/checkout/<uuid:uid>/done/", checkout.done, name="order-done"),
    path("account/", account.account, name="account"),
    path("account/pass/", reader_pass.reader_pass, name="pass"),
    path("account/meter/", meter.meter, name="meter"),
    path("account/meter/give-back/", meter.give_back, name="give-back"),
    path("account/gifts/", gifts.gifts, name="gifts"),
    path("account/licence/", licence.licence, name="licence"),
    path("account/licence/seat/<int:seat_id>/leave/", licence.leave, name="seat-leave"),
    path("account/licence/<str:token>/", licence.invite, name="licence-invite"),
    path("account/day-pass/<str:text>/", licence.day_pass, name="day-pass"),
    path("account/gifts/<int:link_id>/revoke/", gifts.revoke, name="gift-revoke"),
    path("account/subscription/end/", account.cancel, name="cancel"),
    path("account/subscription/plan/", subscription.plan, name="plan"),
    path("account/subscription/pause/", subscription.pause, name="pause"),
    path("account/subscription/resume/", subscription.resume, name="resume"),
    path("account/subscription/withdraw/", subscription.withdraw, name="withdraw"),
    path("account/subscription/payment/", subscription.payment, name="payment"),
    path("account/subscription/keep/", account.keep, name="keep"),
    path("account/subscription/continue/", going_on.go_on, name="go-on"),
    path("account/subscription/price/", going_on.agree, name="agree-price"),
    path("account/given/", giving.given, name="given"),
    path("subscribe/gift/", giving.give, name="give"),
    path("gift-subscription/", giving.redeem, name="redeem"),
    path("account/receipts/<int:payment_id>/", receipt.receipt, name="receipt"),
    path("account/invoices/", invoices.invoices, name="invoices"),
    path("account/invoices/<document:number>/", invoices.invoice, name="invoice"),
    path("account/invoices/<document:number>.pdf", invoices.invoice_pdf, name="invoice-pdf"),
    path("account/billing/", invoices.billing, name="billing"),
]
