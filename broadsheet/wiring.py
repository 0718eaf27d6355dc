"""Who hears what, and what is done again and again: two tables for the whole house.

``TABLE``: ``together`` and ``same_transaction`` are heard in the same transaction, ``after_commit``
through the outbox.
``DUTIES``: what the worker does every so often; each bears being done twice at once.
"""

from __future__ import annotations

from datetime import timedelta

from broadsheet.apps.invoicing.actions import (
    issue_credit_notes,
    issue_credit_notes_for_lost,
    issue_invoices,
)
from broadsheet.apps.invoicing.jobs import issue_held
from broadsheet.apps.leaks.actions import ask_for_check
from broadsheet.apps.leaks.jobs import check_published
from broadsheet.apps.licences.actions import tell_gates
from broadsheet.apps.licences.actions.write_letters import send_code, send_invite
from broadsheet.apps.licences.events import AddressClaimed, LicencesChanged, SeatOffered
from broadsheet.apps.licences.jobs import close_licences, count_usage, refresh_licences
from broadsheet.apps.meter.actions import refresh_gate
from broadsheet.apps.meter.actions.giving_back import forget_spent
from broadsheet.apps.meter.events import (
    LinkRevoked,
    PolicyAdopted,
    PolicyEnded,
    PolicyReworded,
    ReadGivenBack,
    SessionRevoked,
)
from broadsheet.apps.meter.jobs import (
    drop_links,
    drop_old_events,
    drop_old_reads,
    refresh_snapshot,
)
from broadsheet.apps.newsroom.actions.purging import (
    purge_everything,
    purge_front,
    purge_stories,
    purge_story,
)
from broadsheet.apps.newsroom.events import (
    FrontCurated,
    NamesChanged,
    StoriesIngested,
    StoryChanged,
    StoryKilled,
    StoryPublished,
)
from broadsheet.apps.newsroom.jobs import lock_again, publish_scheduled
from broadsheet.apps.payments.events import (
    ChargeDeclined,
    ChargeNotSent,
    DisputeLost,
    DisputeOpened,
    DisputeWon,
    OrderClosed,
    PaymentSettled,
    RefundSettled,
)
from broadsheet.apps.payments.jobs import (
    drop_inbox,
    give_back,
    read_inbox,
    reap,
    tell_of_silence,
)
from broadsheet.apps.plans.actions import keep_redemptions, release_redemption
from broadsheet.apps.plans.events import OffersChanged
from broadsheet.apps.plans.jobs import tell_of_prices
from broadsheet.apps.subscriptions.actions.apply_payment import (
    apply_payments,
    note_declines,
    note_not_sent,
    note_order_closed,
)
from broadsheet.apps.subscriptions.actions.apply_switch import (
    apply_switches,
    note_switch_closed,
)
from broadsheet.apps.subscriptions.actions.continue_subscription import apply_continuations
from broadsheet.apps.subscriptions.actions.give_subscription import note_gifts_paid
from broadsheet.apps.subscriptions.actions.note_dispute import (
    end_disputed,
    freeze,
    keep_suspended,
    thaw,
)
from broadsheet.apps.subscriptions.actions.write_letters import (
    send_cancel_letter,
    send_decline_letter,
    send_end_letter,
    send_lapse_letter,
    send_receipt,
)
from broadsheet.apps.subscriptions.actions.write_life_letters import (
    send_cut_letter,
    send_pause_letter,
    send_refund_letter,
    send_resume_letter,
    send_switch_letter,
    send_win_back_letter,
    send_withdrawal_letter,
)
from broadsheet.apps.subscriptions.actions.write_notices import (
    send_mandate_letter,
    send_notice,
)
from broadsheet.apps.subscriptions.actions.write_offer_letters import (
    send_free_term_letter,
    send_gift,
    send_gift_receipt,
    send_gift_reminder,
    send_gift_thanks,
    send_price_change_letter,
)
from broadsheet.apps.subscriptions.events import (
    ChargeAhead,
    FreeTermBegun,
    GiftBought,
    GiftDue,
    GiftForgotten,
    GiftRedeemed,
    MandateEnding,
    PauseEnded,
    PriceChangeTold,
    RenewalDeclined,
    SubscriptionCancelled,
    SubscriptionCutShort,
    SubscriptionEnded,
    SubscriptionLapsed,
    SubscriptionPaused,
    SubscriptionStarted,
    SubscriptionWithdrawn,
    SwitchMade,
    SwitchPlanned,
    TermRenewed,
    WinBackDue,
)
from broadsheet.apps.subscriptions.jobs import (
    adopt_prices,
    ask_who_left,
    end_pauses,
    renew_for_a_while,
    send_out_gifts,
    tell_of_changes,
    tell_of_charges,
)
from broadsheet.plumbing.events import Wire
from broadsheet.plumbing.jobs import Duty, revive_tasks
from broadsheet.plumbing.purging.waiting import send_waiting

TABLE: tuple[Wire, ...] = (
    Wire(StoryPublished, same_transaction=(ask_for_check,), after_commit=(purge_story,)),
    Wire(StoryChanged, same_transaction=(ask_for_check,), after_commit=(purge_story,)),
    Wire(StoryKilled, after_commit=(purge_everything,)),
    Wire(StoriesIngested, after_commit=(purge_stories,)),
    Wire(FrontCurated, after_commit=(purge_front,)),
    Wire(NamesChanged, after_commit=(purge_everything,)),
    Wire(OffersChanged, after_commit=(purge_everything,)),
    Wire(PolicyAdopted, after_commit=(refresh_gate,)),
    Wire(PolicyEnded, after_commit=(refresh_gate,)),
    Wire(PolicyReworded, after_commit=(refresh_gate,)),
    Wire(LinkRevoked, after_commit=(refresh_gate,)),
    Wire(ReadGivenBack, after_commit=(forget_spent,)),
    Wire(SessionRevoked, after_commit=(refresh_gate,)),
    Wire(LicencesChanged, after_commit=(tell_gates,)),
    Wire(SeatOffered, after_commit=(send_invite,)),
    Wire(AddressClaimed, after_commit=(send_code,)),
    Wire(
        PaymentSettled,
        together=(
            apply_payments,
            apply_switches,
            keep_suspended,
            apply_continuations,
            note_gifts_paid,
            keep_redemptions,
            issue_invoices,
        ),
    ),
    Wire(RefundSettled, together=(issue_credit_notes,), after_commit=(send_refund_letter,)),
    Wire(DisputeOpened, same_transaction=(freeze,)),
    Wire(DisputeWon, same_transaction=(thaw,)),
    Wire(
        DisputeLost,
        together=(issue_credit_notes_for_lost,),
        same_transaction=(end_disputed,),
    ),
    Wire(ChargeDeclined, together=(note_declines,)),
    Wire(ChargeNotSent, together=(note_not_sent,)),
    Wire(OrderClosed, same_transaction=(note_order_closed, note_switch_closed, release_redemption)),
    Wire(SubscriptionStarted, after_commit=(send_receipt,)),
    Wire(TermRenewed, after_commit=(send_receipt,)),
    Wire(FreeTermBegun, after_commit=(send_free_term_letter,)),
    Wire(PriceChangeTold, after_commit=(send_price_change_letter,)),
    Wire(GiftBought, after_commit=(send_gift_receipt,)),
    Wire(GiftDue, after_commit=(send_gift,)),
    Wire(GiftForgotten, after_commit=(send_gift_reminder,)),
    Wire(GiftRedeemed, after_commit=(send_gift_thanks,)),
    Wire(RenewalDeclined, after_commit=(send_decline_letter,)),
    Wire(ChargeAhead, after_commit=(send_notice,)),
    Wire(MandateEnding, after_commit=(send_mandate_letter,)),
    Wire(SubscriptionCancelled, after_commit=(send_cancel_letter,)),
    Wire(SubscriptionEnded, after_commit=(send_end_letter,)),
    Wire(SubscriptionLapsed, after_commit=(send_lapse_letter,)),
    Wire(SubscriptionPaused, after_commit=(send_pause_letter,)),
    Wire(PauseEnded, after_commit=(send_resume_letter,)),
    Wire(SwitchMade, after_commit=(send_receipt,)),
    Wire(SwitchPlanned, after_commit=(send_switch_letter,)),
    Wire(SubscriptionWithdrawn, after_commit=(send_withdrawal_letter,)),
    Wire(SubscriptionCutShort, after_commit=(send_cut_letter,)),
    Wire(WinBackDue, after_commit=(send_win_back_letter,)),
)

DUTIES: tuple[Duty, ...] = (
    Duty("tell the CDN what changed", timedelta(seconds=1), send_waiting),
    Duty("revive tasks whose worker died", timedelta(seconds=10), revive_tasks),
    Duty("publish scheduled stories", timedelta(seconds=10), publish_scheduled),
    Duty("lock stories whose free time is over", timedelta(seconds=5), lock_again),
    Duty("ask about charges nobody has heard of", timedelta(seconds=5), reap),
    Duty("give back what was promised", timedelta(seconds=5), give_back),
    Duty("see to what gateways tell", timedelta(seconds=2), read_inbox),
    Duty("say when a gateway falls silent", timedelta(hours=1), tell_of_silence),
    Duty("forget what gateways told long ago", timedelta(days=1), drop_inbox),
    Duty("tell the gate what holds", timedelta(minutes=1), refresh_snapshot),
    Duty("drop old meter events", timedelta(hours=1), drop_old_events),
    Duty("drop reads that can count no more", timedelta(days=1), drop_old_reads),
    Duty("forget who opened links that are over", timedelta(hours=1), drop_links),
    Duty("tell the gate of licences", timedelta(minutes=1), refresh_licences),
    Duty("close licences that are over", timedelta(minutes=1), close_licences),
    Duty("count what licences read", timedelta(minutes=5), count_usage),
    Duty("tell of prices that begin", timedelta(minutes=1), tell_of_prices),
    Duty("look whether published stories leak", timedelta(seconds=5), check_published),
    Duty("let agreed prices hold", timedelta(minutes=1), adopt_prices),
    Duty("make out invoices that were held", timedelta(hours=1), issue_held),
    Duty("tell of charges ahead", timedelta(minutes=5), tell_of_charges),
    Duty("renew terms", timedelta(seconds=30), renew_for_a_while),
    Duty("tell of prices that change", timedelta(minutes=10), tell_of_changes),
    Duty("send gifts whose day has come", timedelta(minutes=1), send_out_gifts),
    Duty("end pauses that are over", timedelta(minutes=1), end_pauses),
    Duty("ask who left some time ago", timedelta(hours=1), ask_who_left),
)
