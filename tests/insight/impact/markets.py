"""A market made so that what goes with engaged groups is known."""

from __future__ import annotations

import numpy as np

from tests.insight.worlds import World


def market(seed: int = 0, *, amounts: bool = True, lost: bool = True, pilot: bool = False, size: int = 120) -> World:
    """Every second account has a group of three to five before its deal: more of them are won, larger and sooner. Segments differ too."""
    chance, world = np.random.default_rng(seed), World()
    for number in range(size):
        account, group = f"a{number:03d}", number % 2 == 0
        large = chance.random() < (0.7 if group else 0.3)
        world.accounts[account] = {"segment": "large" if large else "small"} | (
            {"wave": "pilot" if number % 4 == 0 else ""} if pilot else {}
        )
        day = float(chance.integers(-60, 150))
        for person in range(int(chance.integers(3, 6)) if group else 1):
            world.act(day - float(chance.integers(2, 60)), account, person=f"{account}p{person}")
            world.people.append(
                {"person_id": f"{account}p{person}", "title": ("CIO", "Data Engineer", "Buyer")[person % 3], "name": "Secret"}
            )
        if chance.random() < (0.9 if group else 0.4):
            won = not lost or bool(chance.random() < (0.6 if group else 0.3))
            amount = float((5 if large else 1) * (2 if group else 1) * chance.integers(900, 1100)) if amounts else None
            world.deal(day, account, closed=day + float(chance.integers(20, 40)) * (1 if group else 2), won=won, amount=amount)
    return world
