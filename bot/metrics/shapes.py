"""Families of numbers as Prometheus takes them (Prometheus, "Exposition formats" and "Metric and label naming")."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

Of = TypeVar("Of", bound=tuple[str, ...])
"""The values of a number's labels, in their order."""


def counter(
    name: str, words: str, labels: Sequence[str], values: Mapping[Of, float], always: Iterable[Of] = ()
) -> CounterMetricFamily:
    """Numbers that only grow; those of ``always`` are told from 0 on, so that the first one is seen as an increase."""
    family = CounterMetricFamily(name, words, labels=labels)
    for of, value in sorted({**dict.fromkeys(always, 0.0), **values}.items()):
        family.add_metric(of, value)
    return family


def gauge(name: str, words: str, labels: Sequence[str], values: Mapping[Of, float]) -> GaugeMetricFamily:
    """Numbers as they are now."""
    family = GaugeMetricFamily(name, words, labels=labels)
    for of, value in sorted(values.items()):
        family.add_metric(of, value)
    return family


def single(name: str, words: str, value: float | None) -> GaugeMetricFamily:
    """One number as it is now; None: it is not known, so nothing is told."""
    family = GaugeMetricFamily(name, words)
    if value is not None:
        family.add_metric((), value)
    return family


def histogram(
    name: str,
    words: str,
    labels: Sequence[str],
    bounds: Sequence[float],
    values: Mapping[Of, tuple[Sequence[int], float]],
) -> HistogramMetricFamily:
    """Durations in seconds: how many there are in each bucket, the last one without a bound, and their sum."""
    family = HistogramMetricFamily(name, words, labels=labels)
    names = [*map(str, bounds), "+Inf"]
    for of, (counts, total) in sorted(values.items()):
        family.add_metric(of, list(zip(names, accumulate(counts), strict=True)), total)
    return family
