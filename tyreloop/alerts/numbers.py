"""How a rule's number is written for people, by us and by Grafana's annotation templates."""

from __future__ import annotations

from tyreloop.alerts.rule import Unit


def written(value: float, unit: Unit) -> str:
    """The number as our own job writes it."""
    match unit:
        case Unit.SHARE:
            return f"{value * 100:.3g} %"
        case Unit.MILLISECONDS:
            return f"{value:.0f} ms"
        case Unit.NUMBER:
            return f"{value:.3g}"
        case _:
            return f"{value:.0f}"


def template(ref: str, unit: Unit) -> str:
    """The same number in a Grafana annotation, where `$values` holds each query's answer."""
    value = f"$values.{ref}.Value"
    match unit:
        case Unit.SHARE:
            return f"{{{{ humanizePercentage {value} }}}}"
        case Unit.MILLISECONDS:
            return f'{{{{ printf "%.0f" {value} }}}} ms'
        case Unit.NUMBER:
            return f'{{{{ printf "%.3g" {value} }}}}'
        case _:
            return f'{{{{ printf "%.0f" {value} }}}}'
