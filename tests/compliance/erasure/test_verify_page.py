"""verify.html in a real browser, opened from a file: it says what the command says, case by case."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance.erasure import offline, offline_findings
from compliance.erasure.certificate import certificate_keys, list_of
from compliance.erasure.items import Item, hints, root
from compliance.erasure.shape import SHAPES
from compliance.keys.signing import new_key
from tests.browser import chromium, dom_of
from tests.compliance.erasure.stage import Stage, certified, set_up
from tests.support.certificates import CHANGES, REVISIONS, Files, resigned, with_revisions

PAGE = Path(offline.__file__).with_name("verify.html")
Case = tuple[Files, str, list[str]]
Place = tuple[str | int, ...]
_GONE = object()
_RUNNER = """
<script>
(async () => {
  const cases = %s, told = [];
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  for (const [files, fingerprint, printed] of cases) {
    chosen.clear();
    for (const [name, content] of Object.entries(files)) chosen.set(name, bytes(content));
    document.getElementById("fingerprint").value = fingerprint;
    document.getElementById("printed").value = printed.join("\\n");
    const began = performance.now();
    const v = printed[0] === "only load" ? { level: "", findings: [] } : await look();
    told.push({ level: v.level, banner: document.getElementById("banner").className,
      ms: performance.now() - began, findings: v.findings.map((f) => [f.artefact, f.check, f.level, f.what]) });
  }
  const out = document.createElement("pre");
  out.id = "told";
  out.textContent = JSON.stringify(told);
  document.body.append(out);
})();
</script>
"""


def in_browser(cases: list[Case], folder: Path) -> list[dict[str, Any]]:
    """What the page says of each case."""
    given = [
        ({n: base64.b64encode(c).decode() for n, c in files.items()}, fingerprint, printed)
        for files, fingerprint, printed in cases
    ]
    page = folder / "verify.html"
    text = PAGE.read_text("utf-8").replace("</body>", _RUNNER % json.dumps(given) + "</body>")
    page.write_text(text, "utf-8")
    dom = dom_of(page, folder / "profile")
    found = re.search(r'<pre id="told">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None, "the page did not finish"
    told: list[dict[str, Any]] = json.loads(html.unescape(found[1]))
    return told


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Files]:
    chromium()
    stage = set_up(tmp_path_factory.mktemp("page"))
    files: Files = {}
    for facts in ({}, {"is_contract_end": True}):
        case = stage.authorised(**facts)  # type: ignore[arg-type]
        stage.execute(case)
        files |= certified(stage, case)
    return stage, files


def test_page_and_command_say_the_same_of_every_case(
    done: tuple[Stage, Files], tmp_path: Path
) -> None:
    """Whole, without paper, what our own key could sign wrongly, and one byte changed at eighty places."""
    stage, files = done
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    _, size, root, *_ = json.loads(files["C-0001.json"])["log"]["after"].split("\n")
    cases: list[Case] = [
        (files, paper, []),
        (files, paper.upper(), [f"{size}:{root}"]),
        (files, "", ["12:no"]),
        (files, new_key().public.fingerprint, []),
        ({}, paper, []),
        ({n: c for n, c in files.items() if n.startswith("C-0002")}, paper, []),
        ({n: c for n, c in files.items() if n.endswith((".json", ".sig"))}, paper, []),
        ({n: c for n, c in files.items() if n.endswith(".json")}, paper, []),
        (files | {"manifest.json": b"{}", "weekly/manifest_r12.json": b"no json"}, paper, []),
        (files | {"manifest_of.json": b"{}"}, paper, []),
        ({"manifest.json": files["C-0001.json"]}, paper, []),
    ]
    cases += [(resigned(files, stage, change), paper, []) for change in CHANGES.values()]
    rng = random.Random(23)
    for number in range(80):
        name = sorted(files)[number % len(files)]
        content = bytearray(files[name])
        content[rng.randrange(len(content))] ^= rng.randrange(1, 256)
        cases.append(({**files, name: bytes(content)}, paper, []))
    lines = files["C-0002.jsonl"].split(b"\n")
    cases.append(({**files, "C-0002.jsonl": b"\n".join(lines[1:])}, paper, []))
    for case, told in zip(cases, in_browser(cases, tmp_path), strict=True):
        ours = offline.check(*case)
        assert told["level"] == told["banner"] == ours.level.value
        expected = {(f.artefact, f.check, f.level.value) for f in ours.findings}
        assert {(a, c, level) for a, c, level, _ in told["findings"]} == expected
        named = {f.what for f in ours.findings if "項目が変更" in f.what}
        assert {w for *_, w in told["findings"] if "項目が変更" in w} == named
    levels = [offline.check(*case).level for case in cases]
    assert levels[0] is offline_findings.Level.GREEN
    assert levels.count(offline_findings.Level.RED) >= 80 + len(CHANGES)


def test_page_and_command_say_the_same_of_the_consent_s_revision(
    done: tuple[Stage, Files], tmp_path: Path
) -> None:
    stage, files = done
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    cases: list[Case] = [
        (with_revisions(files, stage, told, said), paper, [])
        for told, said, _ in REVISIONS.values()
    ]
    for name, case, told in zip(REVISIONS, cases, in_browser(cases, tmp_path), strict=True):
        ours = offline.check(*case)
        assert told["level"] == told["banner"] == ours.level.value, name
        assert sorted(map(tuple, told["findings"])) == sorted(
            (f.artefact, f.check, f.level.value, f.what) for f in ours.findings
        ), name


def test_page_and_command_know_the_same_shape() -> None:
    found = re.search(
        r"^const SHAPES = (\{.*?^\});$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found is not None
    assert json.loads(found[1]) == SHAPES


@pytest.mark.slow
def test_a_member_that_is_missing_or_something_else_is_wrong_to_both(
    done: tuple[Stage, Files], tmp_path: Path
) -> None:
    """Signed by our own key: a reader for whom undefined equals undefined would find it right."""
    stage, files = done
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    cases: list[Case] = []
    for place in _places(SHAPES["certificate"], json.loads(files["C-0002.json"])):
        for other in (_GONE, None, [], "あ", -1, 1.5, True):

            def change(d: dict[str, Any], place: Place = place, other: Any = other) -> None:
                *above, last = place
                for step in above:
                    d = d[step]
                if other is _GONE:
                    del d[last]  # type: ignore[arg-type]
                else:
                    d[last] = other  # type: ignore[index]

            cases.append((resigned(files, stage, change), paper, []))
    for case, told in zip(cases, in_browser(cases, tmp_path), strict=True):
        ours = offline.check(*case)
        assert told["level"] == ours.level.value
        assert sorted(map(tuple, told["findings"])) == sorted(
            (f.artefact, f.check, f.level.value, f.what) for f in ours.findings
        )
    places = list(_places(SHAPES["certificate"], json.loads(files["C-0002.json"])))
    gone = [
        offline.check(*case)
        for place, case in zip(places, cases[::7], strict=True)
        if place != ("consent", "revision")  # the one that may be absent
    ]
    assert {v.level for v in gone} == {offline_findings.Level.RED}
    assert all("form" in {f.check for f in v.findings} for v in gone)


def _places(shape: Any, value: Any) -> Iterator[Place]:
    """Every member of a certificate that its shape names, and the first of each list."""
    if isinstance(shape, dict):
        for name, inner in shape.items():
            yield (name,)
            yield from ((name, *rest) for rest in _places(inner, value[name]))
    elif isinstance(shape, list) and value:
        yield from ((0, *rest) for rest in _places(shape[0], value[0]))


def test_the_page_asks_for_nothing_from_any_network() -> None:
    text = PAGE.read_text("utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|//[a-z]|fetch\(|XMLHttpRequest|WebSocket|import\(", text)
    assert "innerHTML" not in text


@pytest.mark.slow
def test_ten_thousand_items_are_checked_in_two_seconds(
    done: tuple[Stage, Files], tmp_path: Path
) -> None:
    """The page's time is what the browser takes longer than to be given the same files unlooked at."""
    stage, files = done
    paper = certificate_keys(stage.home).signing_key().public.fingerprint
    items = [
        Item(n, f"{n:064x}", "call", "2023-11-20", 2_000_000, f"{n:064x}", f"{n:064x}", ("m-a",))
        for n in range(1, 10_001)
    ]
    lines = [item.line("done") for item in items]

    def enlarge(d: dict[str, Any]) -> None:
        d["items"] |= {"count": len(lines), "root": root(lines).hex(), "results": {**d["items"]["results"], "done": len(lines)}}  # fmt: skip
        d["items"]["hints"] = base64.b64encode(hints(lines)).decode()
        d["documents"]["items_sha256"] = hashlib.sha256(list_of(lines)).hexdigest()
        d["application"]["items_root"] = root([item.line() for item in items]).hex()

    large = {**resigned(files, stage, enlarge), "C-0002.jsonl": list_of(lines)}
    began = time.perf_counter()
    verdict = offline.check(large, paper)
    ours = time.perf_counter() - began
    levels = {(f.artefact, f.check): f.level for f in verdict.findings}
    assert levels["C-0002.jsonl", "items root"] is offline_findings.Level.GREEN
    assert levels["C-0002.jsonl", "items consented"] is offline_findings.Level.GREEN
    assert ours < 2
    longer = []
    for attempt in range(3):  # other work on the machine is in the best of them least
        seconds = []
        for name, words in (("loaded", ["only load"]), ("checked", [])):
            folder = tmp_path / f"{name}{attempt}"
            folder.mkdir()
            began = time.perf_counter()
            (told,) = in_browser([(large, paper, words)], folder)
            seconds.append(time.perf_counter() - began)
        assert ["C-0002.jsonl", "items root", "green"] in [f[:3] for f in told["findings"]]
        longer.append(seconds[1] - seconds[0])
        if longer[-1] < 2:
            break
    assert min(longer) < 2
