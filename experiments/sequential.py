"""The always valid test: a boundary that may be looked at every hour without false alarms adding up.

The mixture sequential probability ratio test (Robbins 1970, "Statistical methods related to the law of the iterated
logarithm"; Johari, Koomen, Pekelis and Walsh 2017, "Peeking at A/B tests"): a standardised difference z, seen when
the information is s, is compared with sqrt((1 + ρ/s) (log(1 + s/ρ) + 2 log(1/α))). Where there is no difference, the
chance that z ever crosses it, at any look whatever their number, is at most α.

Information is counted in successes, not in people: after a mailing the people are all there at once, and what comes in
over the hours are their clicks. See `information_of`.
"""

import math

ALPHA = 0.05
# Where the boundary is narrowest. It is flat around it: within a fifth between 100 and 100,000 successes.
TUNED_TO = 800.0


def _narrowest(alpha: float) -> float:
    """The s/ρ at which the boundary is narrowest for a known s: the fixed point of r = 2 log(1/α) + log(1 + r)."""
    ratio = 8.0
    for _step in range(30):
        ratio = 2 * math.log(1 / alpha) + math.log1p(ratio)
    return ratio


_RHO = TUNED_TO / _narrowest(ALPHA)


def critical_value(information: float, alpha: float = ALPHA) -> float:
    """How many standard errors a difference must be away from nothing; infinite where nothing is known yet."""
    if information <= 0:
        return math.inf
    ratio = information / _RHO
    return math.sqrt((1 + 1 / ratio) * (math.log1p(ratio) + 2 * math.log(1 / alpha)))


def always_valid_p(z: float, information: float) -> float:
    """The p-value of this look: below α exactly when |z| is above the critical value. 1 where nothing is known."""
    if information <= 0:
        return 1.0
    ratio = information / _RHO
    log_evidence = z * z * ratio / (2 * (1 + ratio)) - math.log1p(ratio) / 2
    return math.exp(-max(log_evidence, 0.0))


def information_of(first_people: int, second_people: int, rate: float) -> float:
    """What two groups tell so far, in successes of two equal groups of people who rarely succeed.

    It is the odds of the common `rate` times the harmonic size of the groups: with people who come in over time and
    with successes that come in over time the standardised difference is then a Brownian motion over its own clock.
    """
    if not first_people or not second_people:
        return 0.0
    size = 4 * first_people * second_people / (first_people + second_people)
    return size * rate / max(1 - rate, 1 / (first_people + second_people))
