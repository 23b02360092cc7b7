# One image for web, workers and clock.
FROM python:3.13-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --create-home --home-dir /srv/newsroom newsroom
WORKDIR /srv/newsroom
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY --chown=newsroom:newsroom . .
RUN mkdir -p var/media var/static && chown -R newsroom:newsroom var
USER newsroom
