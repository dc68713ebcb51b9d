"""Folded stacks to a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from bench.flame import of_requests
from bench.flame_graph import draw, parse, tree

TURN = "BaseEventLoop._run_once (asyncio/base_events.py)"
LINES = [f"run;{TURN};read (a.py:7) 3", f"run;{TURN};read (a.py:7);send 5", "run 2"]


def test_equal_stacks_are_one() -> None:
    assert parse(["a;b 1", "a;b 2", ""]) == {("a", "b"): 3}


def test_a_frame_has_the_samples_of_its_callees() -> None:
    root = tree(parse(LINES))
    assert root.samples == 10
    assert root.callees["run"].callees[TURN].samples == 8


def test_only_the_loops_own_turns_are_requests() -> None:
    assert sum(of_requests(parse(LINES)).values()) == 8


def test_waiting_for_the_server_is_left_out() -> None:
    assert of_requests(parse([f"run;{TURN};select;epoll_wait (libc.so.6) 4"])) == {}


def test_the_picture_is_xml_with_a_tooltip_for_each_frame() -> None:
    drawn = ElementTree.fromstring(draw(parse(LINES), "Reads & <more>", lambda name: "#fff"))
    titles = [element.text for element in drawn.iter("{http://www.w3.org/2000/svg}title")]
    assert "send: 50.0%" in titles
    assert len(titles) == 5
