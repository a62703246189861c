# Everything native is compiled in: the image that runs holds one program and no libraries of ours.
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN cargo build --release --locked && strip target/release/entente

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin entente \
    && install -d -o entente -g entente -m 0750 /data
COPY --from=build /source/target/release/entente /usr/local/bin/entente
USER entente
WORKDIR /data
VOLUME /data
ENV LISTEN=0.0.0.0:8080 \
    DATABASE_URL=sqlite:///data/entente.db \
    DATA_DIR=/data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["entente", "healthcheck"]
ENTRYPOINT ["entente"]
CMD ["serve"]
