"""The two sample jobs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SampleJob:
    """A job as a recruiter would paste it."""

    title: str
    description: str


ENGINEER = SampleJob(
    title="Senior Backend Engineer",
    description="""\
Larkspur Freight moves parcels for small shops. Our planning service decides in under a second which van takes which
parcel. You will own that service with a team of five.

What you will do
- Design and run services in Python that answer 2,000 requests a second
- Shape the data model in PostgreSQL and keep its queries fast
- Review code, write down decisions, and mentor two junior engineers

What you bring (required)
- 5+ years of professional backend development
- At least 4 years of Python, with Django or FastAPI
- PostgreSQL: schema design, indexes, query tuning
- Experience with Docker and a public cloud (AWS, GCP or Azure)
- Automated testing and continuous integration
- Bachelor's degree in computer science or equivalent experience

Nice to have
- Kubernetes
- Event streaming with Kafka or RabbitMQ
- Terraform
- You have led a small team
- AWS Certified Solutions Architect

What we offer
Thirty days of leave, a training budget, and a dog-friendly office.
""",
)

ACCOUNT_EXECUTIVE = SampleJob(
    title="Enterprise Account Executive",
    description="""\
Quillfern makes treasury software for banks and insurers. We look for an Enterprise Account Executive who opens and
closes large accounts in financial services.

Responsibilities
- Own the full sales cycle from prospecting to signature
- Build and forecast a pipeline of six-figure deals in Salesforce
- Work with solution engineers on demos and security reviews

Requirements
- Minimum of 5 years of B2B SaaS sales, at least 3 of them in enterprise sales
- A record of quota attainment above 100%
- Experience selling to financial services: banks, insurers or asset managers
- Contract negotiation with procurement and legal
- Salesforce and pipeline forecasting
- Excellent presentation skills

Preferred
- MEDDIC or Challenger training
- Start-up experience
- Bachelor's degree in business or a related field
- German or French

We are an equal opportunity employer.
""",
)
