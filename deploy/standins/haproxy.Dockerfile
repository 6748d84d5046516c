# haproxy: Debian's package from the suite with that version, with the official image's numeric user.
ARG RUN_IMAGE
# hadolint ignore=DL3006
FROM ${RUN_IMAGE}
# hadolint ignore=DL3008
RUN echo "deb http://deb.debian.org/debian trixie main" >/etc/apt/sources.list.d/suite.list \
  && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -t trixie haproxy \
  && rm -rf /var/lib/apt/lists/*
USER 99:99
CMD ["haproxy", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
