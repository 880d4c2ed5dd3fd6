# One image for web, worker, beat and the one-shot migration; docker-compose.yml says which of them a container is.
FROM python:3.12-slim-bookworm AS packages
COPY requirements/ /build/requirements/
COPY scripts/install.py /build/scripts/install.py
RUN python -m venv /opt/venv && /opt/venv/bin/python /build/scripts/install.py /build/requirements/base.txt

FROM python:3.12-slim-bookworm
COPY requirements/debian.txt /build/debian.txt
RUN apt-get update -qq \
    && sed 's/#.*//' /build/debian.txt | xargs apt-get install -qq -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/nanchang-ei nanchang-ei \
    && install -d -o nanchang-ei -g nanchang-ei -m 0750 /var/lib/nanchang-ei \
    && fc-cache -s
COPY --from=packages /opt/venv /opt/venv
COPY . /app
WORKDIR /app
RUN /opt/venv/bin/python -m compileall -q .
ENV PATH=/opt/venv/bin:$PATH \
    DJANGO_SETTINGS_MODULE=nanchang_ei.settings.production \
    VAR_DIR=/var/lib/nanchang-ei \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER nanchang-ei
VOLUME /var/lib/nanchang-ei
EXPOSE 8000
ENTRYPOINT ["/app/deploy/start.sh"]
CMD ["web"]
