"""Which payment orders paid for an act before its day: line 5 of its VAT invoice (PP 1137)."""

from django.db.models import Sum

from billing.models import AdvanceVatInvoice, Allocation, Payment, ServiceAct
from billing.rules.upd import PaymentOrder
from billing.services.advance_receipts import payment_numbers
from billing.services.advance_vat import bills_of


def orders_of(act: ServiceAct) -> list[PaymentOrder]:
    """The earliest first; what came later than the act, or under a number that nobody knows, is left out."""
    bills = bills_of(act.invoice, account=act.package.account_id if act.package else None)
    if act.package is None:
        bills.append(act.invoice_id)
    rows = Allocation.objects.filter(invoice__in=bills, payment__received_on__lte=act.acted_on).order_by()
    sums = dict(rows.values_list("payment").annotate(total=Sum("amount")).filter(total__gt=0))
    payments = Payment.objects.in_bulk(sums)
    numbers = payment_numbers(payments) | _stated(payments)
    found = [
        PaymentOrder(numbers[pk], payments[pk].received_on, total) for pk, total in sums.items() if numbers.get(pk)
    ]
    return sorted(found, key=lambda order: (order.paid_on, order.number))


def _stated(payments: dict[int, Payment]) -> dict[int, str]:
    """Numbers as a person wrote them on VAT invoices over the money."""
    rows = AdvanceVatInvoice.objects.filter(payment__in=payments).exclude(payment_number="").order_by("pk")
    return dict(rows.values_list("payment", "payment_number"))
