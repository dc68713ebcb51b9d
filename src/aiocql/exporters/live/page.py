"""The live page: the frame that reports have too, and a script that asks for the figures once a second."""

from __future__ import annotations

import json
from importlib.resources import files

from aiocql.monitoring.report.page import fill
from aiocql.nodes.node_counters import bucket_bounds

__all__ = ["render_page"]

SECTIONS = """
<section><h2>Requests a second</h2><p>Of the last two minutes.</p>
<div class="legend"><span><i style="background:var(--c0)"></i>completed</span>
<span><i style="background:var(--c4)"></i>failed</span></div>
<svg id="rates" viewBox="0 0 860 156" role="img" aria-label="requests a second"></svg></section>
<section><h2>Connected Cassandra nodes</h2><p>Latencies and rates are those of the last interval.</p>
<div class="wide"><table id="hosts" class="dense"></table></div></section>
<section><h2>Connections</h2><p>Each that is open now.</p>
<div class="wide"><table id="connections"></table></div></section>
<section id="limits-section" hidden><h2>Limits</h2><p>Of the session, and of rate_limited().</p>
<div class="wide"><table id="limits"></table></div></section>
<section id="errors-section" hidden><h2>Errors</h2><p>What the application's requests failed with.</p>
<div class="wide"><table id="errors"></table></div></section>
"""


def render_page(title: str) -> str:
    """The page; `title` is HTML."""
    script = files("aiocql.exporters.live").joinpath("live.js").read_text(encoding="utf-8")
    return fill(
        {
            "title": title,
            "headline": title,
            "subtitle": '<span id="status">connecting ...</span>',
            "tiles": '<div id="tiles" style="display:contents"></div>',
            "sections": SECTIONS,
            "footer": '<span id="footer"></span>',
            "script": script.replace("BOUNDS", json.dumps(bucket_bounds()), 1),
        }
    )
