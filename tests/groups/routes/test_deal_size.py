"""What a deal brings: medians of what was won before the date, of the segment where it has enough."""

import numpy as np
import pandas as pd

from bgml.groups.routes.deal_size import LEAST, deal_sizes

D = np.datetime64("2025-06-02")


def deals(*rows: tuple[str | None, float, int, bool]) -> pd.DataFrame:
    """segment, amount, days before D on which it closed, won."""
    frame = pd.DataFrame(rows, columns=["segment", "amount", "days", "won"])
    return frame.assign(closed=(D - frame["days"].to_numpy("timedelta64[D]")).astype("datetime64[s]"))


def sizes(table: pd.DataFrame, *segments: str | None, day: np.datetime64 = D) -> list[float]:
    return deal_sizes(pd.Series(segments, dtype=object), np.full(len(segments), day), table).tolist()


def test_a_segment_with_enough_deals_has_its_own_median() -> None:
    small, large = [("smb", 10.0 + n, 5, True) for n in range(LEAST)], [("ent", 1000.0, 5, True)] * (LEAST - 1)
    everything = float(np.median([row[1] for row in [*small, *large]]))
    assert sizes(deals(*small, *large), "smb", "ent", None) == [14.5, everything, everything]


def test_only_deals_won_for_an_amount_before_the_date_count() -> None:
    before = [("smb", 10.0, 1, True)] * LEAST
    useless = [("smb", 99.0, 0, True), ("smb", 99.0, 1, False), ("smb", 0.0, 1, True), ("smb", np.nan, 1, True)] * 5
    assert sizes(deals(*before, *useless), "smb") == [10.0]
    assert np.isnan(sizes(deals(*before, *useless), "smb", day=D - np.timedelta64(1, "D")))


def test_few_deals_tell_nothing() -> None:
    assert np.isnan(sizes(deals(*[("smb", 10.0, 1, True)] * (LEAST - 1)), "smb")).all()
    assert np.isnan(sizes(deals(*[("smb", 10.0, 1, False)]), "smb")).all()


def test_every_date_has_its_own() -> None:
    table = deals(*[("smb", 10.0, 30, True)] * LEAST, *[("smb", 50.0, 3, True)] * (3 * LEAST))
    found = deal_sizes(pd.Series(["smb"] * 3, dtype=object), np.array([D, D - np.timedelta64(10, "D"), D - np.timedelta64(60, "D")]), table)
    assert found[:2].tolist() == [50.0, 10.0]
    assert np.isnan(found[2])
