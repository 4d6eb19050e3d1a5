"""Is a flow ready to be published? Pure, like the engine: a document in, problems with their places out."""

from flows.checking.check import check_flow
from flows.checking.problems import Problem

__all__ = ["Problem", "check_flow"]
