# One image for every process: docker run … cosell:latest serve | socket | worker | clock. See docs/deploy.md.

FROM python:3.11-slim AS build
WORKDIR /app
RUN python -m venv --without-pip /venv
COPY pyproject.toml requirements.txt README.md ./
# What the bot needs and no more (requirements.txt also pins what tests need), each as requirements.txt pins it.
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > needed.txt \
    && pip --python /venv/bin/python install --no-cache-dir --only-binary :all: --constraint requirements.txt --requirement needed.txt
COPY manifest.yml ./
COPY policy ./policy
COPY bot ./bot
# Policies are read from beside the package, so it stays where it is.
RUN pip --python /venv/bin/python install --no-cache-dir --no-deps --editable . \
    && python -m compileall -q bot \
    && rm -rf needed.txt *.egg-info/SOURCES.txt

FROM python:3.11-slim
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
# /tmp is the one place that is written to: run with --read-only --tmpfs /tmp.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    HOME=/tmp \
    HOST=0.0.0.0 \
    PORT=3000 \
    OPS_PORT=3001
USER 10001:10001
EXPOSE 3000
# serve and socket answer here; run worker and clock with --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['OPS_PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["cosell"]
