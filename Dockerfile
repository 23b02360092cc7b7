# One image for web, workers, clock and backups.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
# Backups need pg_dump as new as the server: PostgreSQL's own packages.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-common ca-certificates \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 900 --create-home --home-dir /srv/newsroom newsroom
WORKDIR /srv/newsroom
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=newsroom:newsroom . .
RUN mkdir -p var/media var/static var/nginx var/backups && chown -R newsroom:newsroom var
USER newsroom
