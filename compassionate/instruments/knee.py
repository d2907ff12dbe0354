"""Pain and function of the knee. Scores only: no wording of WOMAC, KOOS or the Lequesne index is here."""

from compassionate.instruments.model import TOTAL, Band, Instrument, Item, Scale, Threshold
from compassionate.instruments.rules import looked_up, names, numbered, summed, turned_mean
from compassionate.instruments.sources import NOT_SEEN, WOMAC_SHARE


def _womac(name: str, items: tuple[Item, ...], share_percent: float) -> Scale:
    """A WOMAC scale, Likert version; its minimal change is published as a share of the scale."""
    top = sum(item.maximum for item in items)
    mic = Threshold(WOMAC_SHARE, points=share_percent * top / 100)
    return Scale(
        name, f"womac_{name}", names(items), 0, top, summed, len(items), entered_as=name, step=1, thresholds=(mic,)
    )  # fmt: skip


PAIN, STIFFNESS, FUNCTION = (
    numbered(f"{name}_", count, 0, 4) for name, count in (("pain", 5), ("stiffness", 2), ("function", 17))
)
WOMAC = Instrument(
    id="womac",
    items=PAIN + STIFFNESS + FUNCTION,
    scales=(
        _womac("pain", PAIN, 9.7),
        _womac("stiffness", STIFFNESS, 10.0),
        _womac("function", FUNCTION, 9.3),
        Scale(TOTAL, "womac_total", ("pain", "stiffness", "function"), 0, 96, summed, 3, missing="every_scale"),
    ),
    source="WOMAC, womac.org; ranges in use: PMC6373321",
    version="Likert 0-96",
    is_entered_ready=True,
)

# KOOS 2012: at least half of each scale.
KOOS_SCALES = (("P", 9, 5), ("S", 7, 4), ("A", 17, 9), ("SP", 5, 3), ("Q", 4, 2))
KOOS_ITEMS = {name: numbered(name, count, 0, 4) for name, count, _ in KOOS_SCALES}
KOOS = Instrument(
    id="koos",
    items=tuple(item for items in KOOS_ITEMS.values() for item in items),
    scales=tuple(
        Scale(
            name=name,
            key=f"koos_{name}",
            items=names(KOOS_ITEMS[name]),
            minimum=0,
            maximum=100,
            rule=turned_mean(4),
            least=least,
            missing="at_least",
            worse="low",
            entered_as=name,
            thresholds=(Threshold(NOT_SEEN, points=8, status="unverified", note="8-10"),),
        )
        for name, _, least in KOOS_SCALES
    ),
    source="KOOS 2012, koos.nu",
    is_entered_ready=True,
)

# Raw sum 0-28 to the interval score; 100 is the best knee.
KOOS_PS_TABLE = (
    100, 94.4, 89.5, 85.2, 81.4, 78, 75.1, 72.5, 70.3, 68.2, 66.4, 64.7, 63, 61.4, 59.7, 58, 56, 53.9, 51.5, 48.8,
    45.6, 42.1, 38, 33.4, 28.2, 22.3, 15.7, 8.2, 0,
)  # fmt: skip
KOOS_PS_ITEMS = numbered("", 7, 0, 4)
KOOS_PS = Instrument(
    id="koos-ps",
    items=KOOS_PS_ITEMS,
    scales=(
        Scale(
            TOTAL, "koos-ps", names(KOOS_PS_ITEMS), 0, 100, looked_up(KOOS_PS_TABLE), 7, worse="low", entered_as="score"
        ),
    ),
    source="KOOS-PS, koos.nu",
)

DAILY_LIFE = numbered("adl_", 4, 0, 2, step=0.5)
LEQUESNE_ITEMS = (
    *(Item("night", 0, 2), Item("morning", 0, 2), Item("standing30", 0, 1), Item("walking", 0, 2)),
    *(Item("rise_no_arms", 0, 1), Item("distance", 0, 6), Item("aid", 0, 2)),
    *DAILY_LIFE,
)
LEQUESNE = Instrument(
    id="lequesne",
    items=LEQUESNE_ITEMS,
    scales=(
        Scale(
            name=TOTAL,
            key="lequesne",
            items=names(LEQUESNE_ITEMS),
            minimum=0,
            maximum=24,
            rule=summed,
            least=len(LEQUESNE_ITEMS),
            entered_as="score",
            step=0.5,
            # Half points exist: the published whole-number bands begin at 5, 8, 11 and 14.
            bands=(
                Band("none", 0),
                Band("mild", 5, is_below=True),
                Band("moderate", 8, is_below=True),
                Band("severe", 11, is_below=True),
                Band("very_severe", 14, is_below=True),
                Band("extremely_severe", 24),
            ),
        ),
    ),
    source="Lequesne, algofunctional index of the knee",
    groups=("adl",),
)
