# syntax=docker/dockerfile:1
# Small, pinned, not root. Libraries first: they change less often than the program.
# The digest is the image's content: a tag may be moved to another. docs/operations.md says how
# to look it up for another version.
ARG BASE_IMAGE=python:3.11.7-slim-bookworm@sha256:53d6284a40eae6b625f22870f5faba6c54f2a28db9027408f4dee111f1e885a2
FROM ${BASE_IMAGE} AS build
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

FROM ${BASE_IMAGE}
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
