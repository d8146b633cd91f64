# The product's image: web, worker and beat are the same image with another command.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /venv && /venv/bin/pip install -q --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
COPY --from=packages /app/node_modules node_modules
# None of these values reaches the image's settings: collecting files needs a key and a database only by name.
RUN PATH=/venv/bin:$PATH DEBUG=0 SECRET_KEY=build DATABASE_URL=postgres://build STATIC_ROOT=/app/collected \
    python -m crm.launch.image && rm -rf node_modules static/vendor

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home anchor && install -d -o anchor /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/app/collected DJANGO_SETTINGS_MODULE=crm.settings
USER anchor
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "crm.wsgi:application", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
