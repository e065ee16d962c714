"""Where groups stood among their owner's in the ranking before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from bgml.ranking.archive.store import Stored
from bgml.web.shelf.keys import Keys, Numbers, coded, places_among
from bgml.web.shelf.verified import Verified

COLUMNS = ["account_id", "topic", "owner", "owner_rank"]


def former(stored: Stored, manifest: Mapping[str, Any]) -> Stored | None:
    """The newest of the rankings that a ranking was made from; None for the first."""
    known = manifest.get("formers") or []
    if not known:
        return None
    as_of, ranking_id = known[0]["as_of"], known[0]["ranking_id"]
    home = stored.folder.parent.parent
    return Stored(date.fromisoformat(as_of), ranking_id, home / f"as_of={as_of}" / f"ranking_id={ranking_id}")


def owner_ranks(before: Stored, keys: Keys, owners: pa.ChunkedArray) -> Numbers:
    """By position, the rank among its owner's groups in the ranking before; 0 where it was not ranked, or another's.

    owners: whose each group is now. RankingError where the ranking before is missing or damaged.
    """
    then = Verified(before, "ranking", before.manifest()["files"]).coded(COLUMNS)
    place = keys.places(then.column("account_id"), then.column("topic"))
    now = coded(owners)
    owner = places_among(then.column("owner"), now.dictionary)
    rank = then.column("owner_rank").fill_null(0).combine_chunks().to_numpy().astype(np.int32)
    own = now.indices.fill_null(-1).to_numpy()
    same = (place >= 0) & (owner >= 0) & (owner == own[place])
    found = np.zeros(len(owners), np.int32)
    found[place[same]] = rank[same]
    return found
