# syntax=docker/dockerfile:1
# Small, pinned, not root. Libraries first: they change less often than the program.
FROM python:3.11.7-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/huiyin \
 && /opt/huiyin/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY cases cases
COPY classifiers classifiers
COPY streams streams
COPY sinks sinks
COPY huiyin huiyin
COPY desk desk
COPY config config
RUN /opt/huiyin/bin/hatchling build -t wheel -d /tmp/wheel \
 && /opt/huiyin/bin/pip install --no-cache-dir --no-deps /tmp/wheel/*.whl \
 && find /opt/huiyin -name __pycache__ -type d -prune -exec rm -rf {} +

FROM python:3.11.7-slim-bookworm
ENV PATH=/opt/huiyin/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HUIYIN_HOME=/var/lib/huiyin TZ=Asia/Shanghai
RUN useradd --system --uid 10001 --home-dir /var/lib/huiyin --create-home huiyin
COPY --from=build /opt/huiyin /opt/huiyin
USER 10001
WORKDIR /var/lib/huiyin
VOLUME /var/lib/huiyin
EXPOSE 8765
ENTRYPOINT []
CMD ["huiyin", "run"]
