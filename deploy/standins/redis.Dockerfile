# redis (Debian's redis-server) and valkey/valkey (the backports suite's valkey-server), by build argument.
ARG RUN_IMAGE
# hadolint ignore=DL3006
FROM ${RUN_IMAGE}
ARG PACKAGE=redis-server
ARG SUITE=bookworm
# Creates the user first, because the package would create one with another number.
# hadolint ignore=DL3008
RUN groupadd --system --gid 999 cache && useradd --system --gid cache --uid 999 --home-dir /data cache \
  && echo "deb http://deb.debian.org/debian $SUITE main" >/etc/apt/sources.list.d/suite.list \
  && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -t "$SUITE" "$PACKAGE" \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o cache -g cache /data
ENV PROGRAM=$PACKAGE
WORKDIR /data
VOLUME /data
EXPOSE 6379
CMD ["sh", "-c", "exec \"$PROGRAM\""]
