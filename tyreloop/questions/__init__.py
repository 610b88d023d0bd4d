"""Every question that a chart, a board or an alert asks of the database: written once, in SQL."""

from tyreloop.questions.asking import Row, ask
from tyreloop.questions.catalogue import Question, question, questions

__all__ = ["Question", "Row", "ask", "question", "questions"]
