"""Where a message sends people: the board, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from tyreloop.alerts.rule import Rule
from tyreloop.settings import Settings

RUNBOOK = "docs/runbook.md"
ROLLBACK = "tyreloop models rollback"


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one installation."""

    board: str
    runbook: str

    @classmethod
    def of(cls, using: Settings) -> Links:
        """Grafana's boards if it is there, else the page with the same charts."""
        grafana = using.grafana_url.rstrip("/")
        pages = f"http://127.0.0.1:{using.streamlit_port}/insights"
        board = f"{grafana}/d/tyreloop-{{board}}" if grafana else pages
        return cls(board=board, runbook=using.runbook_url or RUNBOOK)

    def board_of(self, rule: Rule) -> str:
        return self.board.format(board=rule.board)

    def runbook_of(self, rule: Rule) -> str:
        """The rule's heading in the runbook."""
        return f"{self.runbook}#{rule.name}"
