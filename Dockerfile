# Replybook as an image: `docker build -t replybook .`, or `docker compose up` with compose.yaml. Needs BuildKit.

# The same as in scripts/versions.sh: `make check` compares them.
ARG RUST_VERSION=1.99.1
ARG DEBIAN_VERSION=13.8

# Both stages are Debian 13: what is compiled with one C library runs with the same one.
FROM rust:${RUST_VERSION}-slim-trixie AS build

# Node.js compresses the site. Debian keeps one version of each package: a pinned one would be gone after the next update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends nodejs \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add wasm32-unknown-unknown

WORKDIR /build
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    CARGO_TARGET_DIR=/build/target scripts/release.sh

FROM debian:${DEBIAN_VERSION}-slim

LABEL org.opencontainers.image.title="Replybook" \
      org.opencontainers.image.description="Your team's answered email, as a book of replies" \
      org.opencontainers.image.source="https://github.com/replybook/replybook" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"

# The authorities by which the certificates of providers are checked; curl is for the health check.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 replybook \
    && useradd --no-log-init --no-create-home --uid 10001 --gid replybook --home-dir /var/lib/replybook \
       --shell /usr/sbin/nologin replybook \
    && install -d -o replybook -g replybook -m 0700 /var/lib/replybook

COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/replybook/
COPY --from=build /build/target/release/replybook /usr/local/bin/replybook

# By number, so that Kubernetes sees that it is not root.
USER 10001:10001
WORKDIR /var/lib/replybook
VOLUME /var/lib/replybook

# Inside the container every address is the container's own; which of them people reach says `docker run --publish`.
ENV LISTEN_ADDR=0.0.0.0:3000
EXPOSE 3000

# The process answers. Whether it can also use its database says /readyz. For `replybook worker`, which does not listen: --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 \
    CMD ["sh", "-c", "curl -fsS --max-time 4 --output /dev/null http://127.0.0.1:${LISTEN_ADDR##*:}/healthz || exit 1"]

ENTRYPOINT ["replybook"]
CMD ["serve"]
