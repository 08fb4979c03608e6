# calmux alone; compose.yaml puts PostgreSQL, a CalDAV server and Caddy around it.
FROM debian:12-slim AS build
RUN rm -f /etc/apt/apt.conf.d/docker-clean
COPY .ci/packages /packages
RUN apt-get update \
 && awk '/^# [a-z]+:/ { on = ($2 == "build:") } on && NF && !/^#/' /packages \
  | DEBIAN_FRONTEND=noninteractive xargs apt-get install -y --no-install-recommends
COPY . /src
WORKDIR /src
RUN cmake --preset release -DCALMUX_TESTS=OFF && cmake --build build/release --target calmux && strip build/release/calmux
# The packages of the shared libraries that it links, so that no list of them can grow stale. libc6 is always there, and
# dpkg knows it under another path.
RUN ldd build/release/calmux | awk '$3 ~ /^\// { print $3 }' | while read -r library; do \
      dpkg -S "$(realpath "$library")" 2>/dev/null || dpkg -S "$library" 2>/dev/null || true; \
    done | cut -d: -f1 | sort -u > /libraries && test -s /libraries

FROM debian:12-slim
COPY --from=build /libraries /libraries
# curl is for the health check.
RUN apt-get update \
 && xargs -a /libraries env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates curl tzdata \
 && rm -rf /var/lib/apt/lists/* /libraries \
 && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin calmux
COPY --from=build /src/build/release/calmux /usr/local/bin/calmux
COPY LICENSE /usr/share/doc/calmux/LICENSE
USER calmux
ENV CALMUX_ADDRESS=0.0.0.0 CALMUX_PORT=5000
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:5000/api/health/ready"]
ENTRYPOINT ["calmux"]
CMD ["serve"]
