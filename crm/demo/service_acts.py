"""Acts of services of the Russian company: the past with its signatures, the newest still to be made or signed."""

from datetime import date, datetime, time, timedelta

from billing.models import Invoice, Series, SeriesYear, ServiceAct, ServiceActSignature
from billing.rules.numbering import write_number
from billing.services.act_rows import as_json
from billing.services.frozen import sha256_of
from billing.services.service_acts import awaiting_acts, rows_to_state
from crm.access import Role
from crm.demo.world import World
from crm.periods import add_months, month_start

SIGNED_AFTER = timedelta(days=9)
FORGOTTEN = 11  # every so many acts one was never signed
BATCH = 2000


def make_service_acts(world: World) -> None:
    """Acts of what was rendered before last month; numbers follow the order of their days."""
    series = Series.objects.get(seller=world.sellers["RU"], kind=Series.Kind.ACT)
    until = add_months(month_start(world.today), -1) - timedelta(days=1)
    acts: list[ServiceAct] = []
    last: dict[int, ServiceAct] = {}
    for invoice in awaiting_acts(Invoice.objects.all(), on=until).iterator():
        day = invoice.supply_to or until
        before = last.get(day.year)
        act = _act(world, series, invoice, day, before.sequence + 1 if before else 1)
        acts.append(act)
        last[day.year] = act
    ServiceAct.objects.bulk_create(acts, batch_size=BATCH)
    SeriesYear.objects.bulk_create(
        SeriesYear(series=series, year=year, last_number=act.sequence, last_issued_on=act.acted_on)
        for year, act in last.items()
    )
    signed = [_signature(world, act) for place, act in enumerate(acts) if place % FORGOTTEN]
    ServiceActSignature.objects.bulk_create(signed, batch_size=BATCH)


def _act(world: World, series: Series, invoice: Invoice, day: date, sequence: int) -> ServiceAct:
    rows = as_json(rows_to_state(invoice))
    number = write_number(series.pattern, year=day.year, number=sequence)
    return ServiceAct(
        rows=rows,
        content_sha256=sha256_of({"invoice": invoice.content_sha256, "number": number, "rows": rows}),
        invoice=invoice,
        seller=series.seller,
        series=series,
        number=number,
        sequence=sequence,
        acted_on=day,
        made_by=world.people[Role.FINANCE][0],
        created_at=datetime.combine(day, time(15), tzinfo=world.now.tzinfo),
    )


def _signature(world: World, act: ServiceAct) -> ServiceActSignature:
    return ServiceActSignature(
        act=act,
        signed_on=min(act.acted_on + SIGNED_AFTER, world.today),
        signed_by="Генеральный директор",
        recorded_by=world.people[Role.FINANCE][0],
    )
