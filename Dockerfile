# The product without a database: give DATABASE_URL, MIGRATION_DATABASE_URL, SECRET_KEY and ALLOWED_HOSTS.
FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 crmgov
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY . .
# Static files need settings, settings need these; none of them is kept in the image.
RUN CRMGOV_ENV=production DATABASE_URL=postgres://none/none SECRET_KEY=only-to-gather-static-files \
    .venv/bin/python manage.py collectstatic --no-input -v0 \
    && mkdir -p /data && chown crmgov /data
USER crmgov
ENV CRMGOV_ENV=production CRMGOV_HOME=/data PYTHONUNBUFFERED=1 PATH=/app/.venv/bin:$PATH
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "up", "--host", "0.0.0.0", "--port", "8000"]
