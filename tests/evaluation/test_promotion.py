"""Champions: who is let through, what is recorded, the way back, and several at once."""

import contextlib
import datetime
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bgml.data.dataset import Dataset
from bgml.errors import DataError, ModelError, ProjectError, TrackingError
from bgml.evaluation import promotion as module
from bgml.evaluation.compare import compare
from bgml.evaluation.duel.comparison import Comparison
from bgml.evaluation.promotion import Promotion, promote, rollback
from bgml.learning.tracking import registry, store, track
from bgml.project import Project
from bgml.ranking.archive import store as rankings
from bgml.ranking.score import score
from tests.small_project import reopened

SWAPS = 4
ROLL = """
import sys
from pathlib import Path
from bgml.evaluation.promotion import rollback
from bgml.project import find_project
project = find_project(named=Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    print(*rollback(project), flush=True)
"""
HOLD = """
import sys
from pathlib import Path
from bgml.project import find_project
with find_project(named=Path(sys.argv[1])).lock("promote"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def worse(rivals: Project, rivals_data: Dataset) -> Comparison:
    """contrary:2 against propensity:1."""
    return compare(rivals, rivals_data, "contrary", "propensity:1", 1, draws=100)


@pytest.fixture
def judged(worse: Comparison, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Let the next comparisons come out as said, without a refit."""

    def judge(good: bool) -> None:
        found = worse if not good else replace(worse, first=worse.second, second=worse.first, labels=worse.labels[::-1])
        monkeypatch.setattr(module, "_compared", lambda *arguments: found)

    return judge


def version(project: Project, reference: str) -> registry.Version:
    return registry.resolve(project, reference)


def champions(project: Project) -> tuple[str, str]:
    return tuple(str(registry.holder(project, alias)) for alias in ("champion", "previous"))  # type: ignore[return-value]


def test_with_no_champion_the_best_baseline_is_the_rival(moved: Project, rivals_data: Dataset) -> None:
    refused = promote(moved, rivals_data, version(moved, "contrary:2"), folds=1, draws=100)
    assert (refused.promoted, refused.changed, refused.verdict) == (False, False, "worse")
    assert refused.comparison is not None
    best = refused.rival
    assert refused.sentence.startswith(
        f"contrary:2 was not promoted, because it is worse than {best}, the best baseline, and there is no champion: {best} finds "
    )
    assert refused.sentence.endswith("; train a better one, or promote it all the same with --reason TEXT")
    assert champions(moved) == ("None", "None")
    ours, theirs = (refused.comparison.race.estimate(name, "precision_at_50").value for name in ("contrary", best))
    assert ours < theirs
    made = promote(moved, rivals_data, version(moved, "propensity:1"), folds=1, draws=100)
    assert (made.promoted, made.changed, made.rival, made.verdict) == (True, True, best, "not told apart")
    assert champions(moved) == ("propensity:1", "None")


def test_it_is_compared_with_the_champion_and_recorded(moved: Project, rivals_data: Dataset) -> None:
    registry.make_champion(moved, version(moved, "contrary:2"))
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    made = promote(moved, rivals_data, version(moved, "propensity:3"), folds=1, draws=100)
    assert made.sentence.startswith("propensity:3 is the champion now, in place of contrary:2. Against contrary:2: propensity:3 finds ")
    assert champions(moved) == ("propensity:3", "contrary:2")
    tags = registry.tags(moved, made.version)
    assert before <= datetime.datetime.fromisoformat(tags["promoted_at"]) <= datetime.datetime.now(datetime.UTC)
    assert tags["promoted_at"].endswith("+00:00")
    recorded = {name: tags[f"promoted_{name}"] for name in ("over", "verdict", "reason", "comparison")}
    assert recorded == {"over": "contrary:2", "verdict": "better", "reason": "", "comparison": made.run}
    with track.connected(moved) as connection:
        assert connection.client.get_run(made.run).data.tags["kind"] == "comparison"
    again = promote(moved, rivals_data, version(moved, "@champion"))
    assert (again.promoted, again.changed, again.run) == (True, False, None)
    assert again.sentence == "propensity:3 is the champion already; nothing was changed."
    assert champions(moved) == ("propensity:3", "contrary:2")


def test_a_reason_promotes_what_is_worse_and_is_recorded(moved: Project, rivals_data: Dataset, judged: Callable[[bool], None]) -> None:
    registry.make_champion(moved, version(moved, "propensity:1"))
    judged(False)
    refused = promote(moved, rivals_data, version(moved, "contrary:2"))
    assert "because it is worse than propensity:1, the champion: propensity:1 finds " in refused.sentence
    assert champions(moved) == ("propensity:1", "None")
    assert refused.run is not None, "a refusal's comparison is kept too"
    made = promote(moved, rivals_data, version(moved, "contrary:2"), "a test of nerves")
    expected = "contrary:2 is the champion now, in place of propensity:1, although it is worse than propensity:1, for the reason given: "
    assert made.sentence == f"{expected}a test of nerves"
    tags = registry.tags(moved, made.version)
    assert (tags["promoted_verdict"], tags["promoted_reason"]) == ("worse", "a test of nerves")
    rollback(moved)
    judged(True)
    promote(moved, rivals_data, version(moved, "propensity:3"))
    assert registry.tags(moved, version(moved, "propensity:3"))["promoted_reason"] == ""


def test_what_cannot_be_compared_needs_a_reason(moved: Project, rivals_data: Dataset) -> None:
    short = reopened(moved.root, outcome={"horizon": 500})
    refused = promote(short, rivals_data, version(short, "propensity:1"))
    assert (refused.promoted, refused.verdict, refused.run) == (False, "not compared", None)
    assert refused.sentence.startswith("propensity:1 was not promoted, because it cannot be compared with the best baseline: data until ")
    assert refused.sentence.endswith("(--reason TEXT promotes it all the same)")
    assert champions(short) == ("None", "None")
    made = promote(short, rivals_data, version(short, "propensity:1"), "we begin")
    assert made.sentence == "propensity:1 is the champion now, without a comparison, for the reason given: we begin"
    tags = registry.tags(short, made.version)
    assert (tags["promoted_verdict"], tags["promoted_comparison"], tags["promoted_over"]) == ("not compared", "", "nobody")


def test_a_champion_that_is_gone_can_be_followed_with_a_reason(moved: Project, rivals_data: Dataset) -> None:
    track.set_alias(moved, "champion", 1)
    shutil.rmtree(version(moved, "propensity:1").folder)
    refused = promote(moved, rivals_data, version(moved, "propensity:3"))
    said = "cannot be compared with the champion propensity:1: the artifact of propensity:1 is gone"
    assert said in refused.sentence
    assert promote(moved, rivals_data, version(moved, "propensity:3"), "it is gone").promoted
    assert champions(moved) == ("propensity:3", "propensity:1")
    with pytest.raises(TrackingError, match="the artifact of propensity:1 is gone"):
        rollback(moved)
    assert champions(moved) == ("propensity:3", "propensity:1")


def test_what_cannot_score_is_never_promoted(moved: Project, rivals_data: Dataset) -> None:
    damaged = version(moved, "propensity:1")
    (damaged.folder / "model.txt").write_text("tree\n")
    with pytest.raises(ModelError, match=r"model\.txt is damaged"):
        promote(moved, rivals_data, damaged, "never mind")
    (moved.root / "models" / "contrary.py").unlink()
    with pytest.raises(ModelError, match='no model "contrary"'):
        promote(moved, rivals_data, version(moved, "contrary:2"), "never mind")
    without = reopened(moved.root, features={"without": ["days_since_last"]})
    with pytest.raises(ModelError, match='propensity:3 reads "days_since_last", which is no feature of the project now'):
        promote(without, rivals_data, version(without, "propensity:3"), "never mind")
    assert champions(moved) == ("None", "None")


def test_changed_feature_files_are_warned_of(moved: Project, rivals_data: Dataset, judged: Callable[[bool], None]) -> None:
    judged(True)
    (moved.root / "features").mkdir()
    (moved.root / "features" / "extra.py").write_text("from bgml import measure\n\nextra = measure(windows=[3])\n")
    (warning,) = promote(moved, rivals_data, version(moved, "propensity:3")).warnings
    assert warning.startswith("features/extra.py changed since propensity:3 was trained")


def test_rankings_after_a_rollback_are_those_of_before(moved: Project, rivals_data: Dataset, judged: Callable[[bool], None]) -> None:
    judged(True)
    promote(moved, rivals_data, version(moved, "propensity:3"))
    first = score(moved, rivals_data)
    content = {path.name: path.read_bytes() for path in first.stored.folder.iterdir()}
    promote(moved, rivals_data, version(moved, "contrary:2"))
    other = score(moved, rivals_data)
    assert str(other.version) == "contrary:2"
    assert other.stored.ranking_id != first.stored.ranking_id
    assert [str(one) for one in rollback(moved)] == ["contrary:2", "propensity:3"]
    assert champions(moved) == ("propensity:3", "contrary:2")
    first.stored.folder.rename(moved.root / "aside")
    again = score(moved, rivals_data)
    assert again.stored.ranking_id == first.stored.ranking_id
    assert {path.name: path.read_bytes() for path in again.stored.folder.iterdir()} == content
    assert rankings.current(moved.rankings, again.stored.as_of) == again.stored
    assert registry.tags(moved, version(moved, "contrary:2"))["rolled_back_to"] == "propensity:3"
    rollback(moved)
    assert champions(moved) == ("contrary:2", "propensity:3"), "twice is once forth and once back"


def test_nothing_to_roll_back_to(moved: Project) -> None:
    with pytest.raises(TrackingError, match="there is no champion, so there is nothing to roll back: `bgml promote` makes one"):
        rollback(moved)
    registry.make_champion(moved, version(moved, "propensity:1"))
    for _ in range(2):
        with pytest.raises(TrackingError, match="propensity:1 is the only champion there was, so there is nothing to roll back to"):
            rollback(moved)
        track.set_alias(moved, "previous", 1)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("writes", [0, 1, 2, 3])
def test_a_rollback_killed_before_any_of_its_writes_is_completed_by_the_next(
    moved: Project, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    one, other = version(moved, "propensity:3"), version(moved, "contrary:2")
    registry.make_champion(moved, one)
    registry.make_champion(moved, other, previous=one)
    done = []

    def until_killed(write: Callable[..., None]) -> Callable[..., None]:
        def killed(*given: object) -> None:
            if len(done) == writes:
                raise Killed
            done.append(given)
            write(*given)

        return killed

    with monkeypatch.context() as patch, contextlib.suppress(Killed):
        for name in ("tag_version", "set_alias"):
            patch.setattr(track, name, until_killed(getattr(track, name)))
        rollback(moved)
    if writes < 3:
        assert [str(found) for found in rollback(moved)] == ["contrary:2", "propensity:3"]
    assert champions(moved) == ("propensity:3", "contrary:2")
    assert str(version(moved, "@champion")) == "propensity:3"
    rollback(moved)
    assert champions(moved) == ("contrary:2", "propensity:3")


def test_a_promotion_killed_before_the_line_that_a_remote_project_scores_by_is_completed(
    moved: Project, rivals_data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = version(moved, "propensity:3"), version(moved, "contrary:2")
    registry.make_champion(moved, one)
    current = moved.mlruns / "champion" / "current"
    before = current.read_text()
    registry.make_champion(moved, other, previous=one)
    after = current.read_text()
    current.write_text(before)
    assert not promote(moved, rivals_data, other).changed
    assert current.read_text() == after != before


def test_a_previous_champion_that_is_damaged_stays_away(moved: Project) -> None:
    registry.make_champion(moved, version(moved, "propensity:1"))
    copy = version(moved, "@champion").folder
    registry.make_champion(moved, version(moved, "propensity:3"), previous=version(moved, "propensity:1"))
    (copy / "model.txt").write_text("tree\n")
    with pytest.raises(ModelError, match=r"model\.txt is damaged"):
        rollback(moved)
    assert champions(moved) == ("propensity:3", "propensity:1")


def test_one_at_a_time(moved: Project, rivals_data: Dataset) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(moved.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ProjectError, match="another bgml promote is running"):
            promote(moved, rivals_data, version(moved, "propensity:1"))
        with pytest.raises(ProjectError, match="another bgml promote is running"):
            rollback(moved)
        holder.communicate()
    assert champions(moved) == ("None", "None")


@pytest.mark.parametrize("registry_there", [True, False])
def test_scoring_while_another_process_rolls_back_and_forth(moved: Project, rivals_data: Dataset, registry_there: bool) -> None:
    """Every ranking is wholly one champion's; without the registry's file the copies answer."""
    one, other = version(moved, "propensity:3"), version(moved, "contrary:2")
    registry.make_champion(moved, other)
    registry.make_champion(moved, one, previous=other)
    expected = {str(found): registry.checksum(found) for found in (one, other)}
    command = [sys.executable, "-c", ROLL, str(moved.root), str(SWAPS)]
    watched = moved if registry_there else reopened(moved.root, tracking={"uri": f"sqlite:///{store.database(moved)}"})
    seen: dict[str, set[str]] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as roller:
        while roller.poll() is None:
            found = registry._champion(watched)
            assert found is not None
            assert registry.checksum(found) == expected[str(found)]
            time.sleep(0.02)
            if registry_there:
                scored = score(moved, rivals_data)
                seen.setdefault(str(scored.version), set()).add(scored.stored.ranking_id)
                manifest = json.loads((scored.stored.folder / "manifest.json").read_text())
                assert manifest["model"]["sha256"] == expected[str(scored.version)]
        assert roller.stdout is not None
        assert len(roller.stdout.read().splitlines()) == SWAPS
    assert roller.returncode == 0
    assert all(len(ids) == 1 for ids in seen.values())
    assert champions(moved) == ("propensity:3", "contrary:2")


def test_a_comparison_that_fails_for_another_reason_is_no_promotion(
    moved: Project, rivals_data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> Comparison:
        raise DataError("the tables went away")

    monkeypatch.setattr(module, "_compared", broken)
    done: Promotion = promote(moved, rivals_data, version(moved, "propensity:1"))
    assert not done.promoted
    assert "the tables went away" in done.sentence


def test_what_dies_before_the_switch_changes_nothing(
    moved: Project, rivals_data: Dataset, judged: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.make_champion(moved, version(moved, "propensity:1"))
    judged(True)
    real = track.set_alias

    def dies(project: Project, alias: str, number: int) -> None:
        if alias == "champion":
            raise KeyboardInterrupt
        real(project, alias, number)

    monkeypatch.setattr(track, "set_alias", dies)
    with pytest.raises(KeyboardInterrupt):
        promote(moved, rivals_data, version(moved, "propensity:3"))
    assert str(version(moved, "@champion")) == str(registry.resolve(moved)) == "propensity:1"
    monkeypatch.setattr(track, "set_alias", real)
    assert promote(moved, rivals_data, version(moved, "propensity:3")).promoted
    assert champions(moved) == ("propensity:3", "propensity:1")
    assert sorted(path.name for path in Path(moved.mlruns).iterdir() if path.name.startswith(".champion")) == []
