"""What was used lately, kept up to a limit."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Values by key; what was used longest ago is dropped when their sizes are more than `most`. Any number of threads may use it.

    >>> squares = Recent(2)
    >>> squares.get(3, lambda: 9), squares.get(3, lambda: 0)
    (9, 9)
    """

    def __init__(self, most: int, size: Callable[[Key, Value], int] = lambda key, value: 1) -> None:
        """most: the sum of sizes allowed; size: of an entry, more than 0; by default each counts one."""
        self.most, self.size = most, size
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def there(self, key: Key) -> Value | None:
        """The value of a key where it is kept."""
        with self._lock:
            if (found := self._kept.get(key)) is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """The value of a key, made when it is not there. Two threads may both make it; both get what was kept first."""
        if (found := self.there(key)) is not None:
            return found
        value = make()
        size = self.size(key, value)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = value, size
                self._held += size
            while self._held > self.most and self._kept:
                _, (_, gone) = self._kept.popitem(last=False)
                self._held -= gone
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._held = 0
