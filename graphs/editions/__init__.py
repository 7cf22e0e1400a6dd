"""The steps of an edition: gathering, drafting, judging, publishing, and what each takes."""
