# One image for web, workers and beat; compose.yaml says which is which.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 DATA_DIR=/data RAPPORT_ENV=production
WORKDIR /app

COPY requirements.txt requirements-s3.txt ./
RUN pip install --no-input -r requirements.txt && pip install --no-input -r requirements-s3.txt

COPY . .
RUN useradd --system --uid 10001 --home-dir /app rapport \
    && install -d -o rapport -g rapport /data
USER rapport
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM

CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--backpressure", "64", "--no-ws", "--respawn-failed-workers", "config.wsgi:application"]
