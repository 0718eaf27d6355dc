"""What is done to plans, prices and coupons."""

from broadsheet.apps.plans.actions.coupon import (
    CouponRefused,
    FoundCoupon,
    TooManyTries,
    keep_redemptions,
    look_up_coupon,
    note_wrong_code,
    put_coupon,
    refuse_if_too_many,
    release_redemption,
    reserve_coupon,
    withdraw_coupon,
)
from broadsheet.apps.plans.actions.plan import (
    MOST_MINOR,
    CannotSetPrice,
    offer_plan,
    put_plan,
    set_price,
    take_back_price,
    tell_of_begun_prices,
)

__all__ = [
    "MOST_MINOR",
    "CannotSetPrice",
    "CouponRefused",
    "FoundCoupon",
    "TooManyTries",
    "keep_redemptions",
    "look_up_coupon",
    "note_wrong_code",
    "offer_plan",
    "put_coupon",
    "put_plan",
    "refuse_if_too_many",
    "release_redemption",
    "reserve_coupon",
    "set_price",
    "take_back_price",
    "tell_of_begun_prices",
    "withdraw_coupon",
]
