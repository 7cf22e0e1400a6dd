"""The queue: DBOS behind a small port, on the ledger's own database.

`engine.py` knows DBOS, and nothing else does. What is in the queue are tickets: a run's id and its
turn. Whether a run is to be worked on is said by the run alone; a ticket that was lost is written
again by `sweeping.py`, and one that comes twice meets the run's lease.
"""
