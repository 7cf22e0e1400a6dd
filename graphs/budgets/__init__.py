"""What models cost and may cost: prices, budgets, the account of each call, providers' paces.

Before a call the most that it can cost is set aside, after it what it did cost takes that place:
however many runs, processes and machines spend at once, together they stay within a budget. A call
that would not is not made; its run parks, and goes on from its last step when somebody raises the
budget or the month is over.
"""
