#!/bin/sh
# What one container does; the first argument says which part of the site it is.
set -eu
cd "$(dirname "$0")/.."
case ${1:-web} in
    migrate)
        python manage.py migrate --noinput
        python manage.py load_calendar
        python manage.py load_policies
        exec python manage.py collectstatic --noinput --verbosity 0
        ;;
    web)
        exec python -m gunicorn nanchang_ei.wsgi --bind "0.0.0.0:${PORT:-8000}" --workers "${WEB_WORKERS:-3}" \
            --threads 4 --timeout 60 --graceful-timeout 20 --max-requests 5000 --max-requests-jitter 500 \
            --worker-tmp-dir /tmp --no-control-socket --access-logfile -
        ;;
    worker)
        exec python -m celery -A nanchang_ei worker --concurrency "${WORKER_CONCURRENCY:-2}" --loglevel INFO
        ;;
    beat)
        # Its memory of the last runs is worth nothing after a restart: every job it sends is due again and repeatable.
        exec python -m celery -A nanchang_ei beat --loglevel INFO --schedule /tmp/beat-schedule --pidfile ""
        ;;
    *)
        exec "$@"
        ;;
esac
