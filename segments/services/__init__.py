"""What can be done with segments."""

from segments.services.evaluation import Count, audience_sql, count_rule

__all__ = ["Count", "audience_sql", "count_rule"]
