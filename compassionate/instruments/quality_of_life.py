"""SF-12 version 1 and EQ-5D-5L: numbers only, their wording is protected.

SF-12: regression weights of the levels (Ware, Kosinski, Keller 1996), the same in several independent programs.
EQ-5D-5L: the value set of Spain (doi 10.1016/j.jval.2017.10.023): 1 and the coefficient of each dimension's level.
"""

from collections.abc import Mapping, Sequence

from compassionate.instruments.model import TOTAL, Instrument, Item, Scale, Threshold
from compassionate.instruments.rules import reach, summed, weighted
from compassionate.instruments.sources import EQ5D_SPAIN, REGISTRY_2020

Levels = Mapping[str, Sequence[float]]
PCS12, MCS12 = 56.57706, 60.75781
# From the first answer on, as printed on the form.
PHYSICAL: Levels = {
    "GH1": (0, -1.31872, -3.02396, -5.56461, -8.37399),
    "PF02": (-7.23216, -3.45555, 0),
    "PF04": (-6.24397, -2.73557, 0),
    "RP2": (-4.61617, 0),
    "RP3": (-5.51747, 0),
    "RE2": (3.04365, 0),
    "RE3": (2.32091, 0),
    "BP2": (0, -3.80130, -6.50522, -8.38063, -11.25544),
    "MH3": (0, 0.66514, 1.36689, 2.37241, 2.90426, 3.46638),
    "VT2": (0, -0.42251, -1.14387, -1.61850, -2.02168, -2.44706),
    "MH4": (4.61446, 3.41593, 2.34247, 1.28044, 0.41188, 0),
    "SF2": (-0.33682, -0.94342, -0.18043, 0.11038, 0),
}
MENTAL: Levels = {
    "GH1": (0, -0.06064, 0.03482, -0.16891, -1.71175),
    "PF02": (3.93115, 1.86840, 0),
    "PF04": (2.68282, 1.43103, 0),
    "RP2": (1.44060, 0),
    "RP3": (1.66968, 0),
    "RE2": (-6.82672, 0),
    "RE3": (-5.69921, 0),
    "BP2": (0, 0.90384, 1.49384, 1.76691, 1.48619),
    "MH3": (0, -1.94949, -4.09842, -6.31121, -7.92717, -10.19085),
    "VT2": (0, -0.92057, -1.65178, -3.29805, -4.88962, -6.02409),
    "MH4": (-16.15395, -10.77911, -8.09914, -4.59055, -1.95934, 0),
    "SF2": (-6.29724, -8.26066, -5.63286, -3.13896, 0),
}


def _component(name: str, constant: float, weights: Levels) -> Scale:
    low, high = reach(constant, weights)
    return Scale(
        name, f"sf12_{name}", tuple(weights), low, high, weighted(constant, weights), len(weights), unit="t",
        worse="low", entered_as=name, is_steady=False,
    )  # fmt: skip


SF12 = Instrument(
    id="sf12",
    items=tuple(Item(name, 1, len(levels)) for name, levels in PHYSICAL.items()),
    scales=(_component("PCS", PCS12, PHYSICAL), _component("MCS", MCS12, MENTAL)),
    source="Ware, Kosinski & Keller 1996",
    version="1",
)

SPAIN: Levels = {
    "MO": (0, -0.0839717, -0.0992505, -0.2497363, -0.337318),
    "SC": (0, -0.0500236, -0.053293, -0.1640509, -0.1961494),
    "UA": (0, -0.0440448, -0.0489321, -0.1351463, -0.153155),
    "PD": (0, -0.077983, -0.1011491, -0.2454973, -0.3818179),
    "AD": (0, -0.0807394, -0.1275334, -0.2704687, -0.3477585),
}
LOWEST, HIGHEST = reach(1, SPAIN)
EQ5D5L = Instrument(
    id="eq5d5l",
    items=(*(Item(name, 1, 5) for name in SPAIN), Item("vas", 0, 100, is_optional=True)),
    scales=(
        Scale(
            name=TOTAL,
            key="eq5d5l",
            items=tuple(SPAIN),
            minimum=LOWEST,
            maximum=HIGHEST,
            rule=weighted(1, SPAIN),
            least=len(SPAIN),
            unit="index",
            worse="low",
            thresholds=(Threshold(REGISTRY_2020, points=0.10), Threshold(REGISTRY_2020, points=0.49, kind="sdc")),
        ),
        Scale("vas", "eq5d5l_vas", ("vas",), 0, 100, summed, 1, worse="low"),
    ),
    source=f"EuroQol; {EQ5D_SPAIN}",
    version="5L, Spain 2018",
)
