"""Plans, prices and coupons at the desk."""

from broadsheet.web.desk.views.plans.changing import (
    ChangeView,
    PlanView,
    PriceView,
    drop_change,
    drop_price,
    offer,
)
from broadsheet.web.desk.views.plans.coupons import CouponsView, NewCouponView, withdraw
from broadsheet.web.desk.views.plans.overview import NewPlanView, PlansView

__all__ = [
    "ChangeView",
    "CouponsView",
    "NewCouponView",
    "NewPlanView",
    "PlanView",
    "PlansView",
    "PriceView",
    "drop_change",
    "drop_price",
    "offer",
    "withdraw",
]
