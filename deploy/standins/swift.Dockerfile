# swift: the toolchain of this machine on Debian, with the packages of the official image.
# The context contains toolchain/ (the toolchain's usr/), gitconfig, and mirrors/. Without access to a registry there is
# often no access to GitHub, so mirrors/ may contain mirrors of the packages on GitHub.
ARG RUN_IMAGE
# hadolint ignore=DL3006
FROM ${RUN_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  binutils ca-certificates git gnupg2 libc6-dev libcurl4-openssl-dev libedit2 libgcc-12-dev libncurses-dev \
  libpython3-dev libsqlite3-0 libstdc++-12-dev libxml2-dev libz3-dev pkg-config tzdata zlib1g-dev \
  && rm -rf /var/lib/apt/lists/*
COPY toolchain/ /usr/
COPY mirrors/ /opt/mirrors/
COPY gitconfig /etc/gitconfig
CMD ["bash"]
