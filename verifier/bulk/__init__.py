"""A million codes: a job on all cores, or on a cluster, that may be killed and goes on where it was.

    rows      CSV, JSON lines or Parquet, cut into pieces of a fixed size (of Parquet: its row groups)
    pieces    each judged as a whole by a worker that holds the lists; its answers written down before it counts
    answers   when all pieces are there: one file in the order of the rows, and one of those that are not valid

`job` keeps the folder, `sources` cuts, `judging` is what a worker does, `engines` are the ways to run workers. Nothing
here reads pictures or opens a connection to the world; a cluster's scheduler is named by whoever starts the job.
"""

from verifier.bulk.job import ANSWERS, OTHERS, Job, JobBad, Progress, question

__all__ = ["ANSWERS", "OTHERS", "Job", "JobBad", "Progress", "question"]
