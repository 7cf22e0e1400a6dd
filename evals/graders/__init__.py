"""Graders: what makes the end of a task good, each a small factory; a suite names those it uses."""

from savoirfaire.evals.graders.grading import Grade, Graded, Grader, graders_of, register

__all__ = ["Grade", "Graded", "Grader", "graders_of", "register"]
