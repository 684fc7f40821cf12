"""A living CRM from a seed: deliveries to try Podium on, with stories hidden in the numbers.

Everything that differs between people stands in stories.py. The world is built once (world.py from company.py,
funnel.py, deals.py, portfolio.py, touches.py, coaching.py) and then shown as each night would have seen it (feeds.py,
write.py), with a few broken rows (dirt.py). Nothing outside uses more of this package than is named here.
"""

from pipelines.demo.make import DemoSummary, make_demo

__all__ = ["DemoSummary", "make_demo"]
