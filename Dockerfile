# GitTix in one image for every role, chosen by its command: gittix-server (serve, migrate, await-schema, doctor,
# health) and gittix-jobs. Nothing in it is written to, nothing is root, and no shell is needed.
#
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" -t gittix .   what production runs
#   docker build --target gittix-dev -t gittix-dev .                        for `skaffold dev`: with the simulator and the
#                                                                           style's tools
#
# Where no registry is reached, the bases are arguments; scripts/image.sh makes some with debootstrap.
ARG RUST_IMAGE=docker.io/library/rust:1.96.0-bookworm
ARG NODE_IMAGE=docker.io/library/node:20.19.5-bookworm-slim
# glibc, libgcc, the public authorities, and nothing else
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${NODE_IMAGE} AS packages
WORKDIR /src
COPY package.json package-lock.json ./
RUN PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --ignore-scripts --no-audit --no-fund

# The tools, in the versions of scripts/: k8s/check holds the two together. What the base brings is not built again.
FROM ${RUST_IMAGE} AS tools
ARG CARGO_CHEF_VERSION=0.1.78
ARG CARGO_LEPTOS_VERSION=0.3.11
ARG WASM_BINDGEN_VERSION=0.2.130
# Their own speed does not matter: unoptimised they build in a third of the time.
ARG QUICK="CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256"
RUN if command -v rustup; then rustup target add wasm32-unknown-unknown; fi
RUN env ${QUICK} cargo install --locked cargo-chef@${CARGO_CHEF_VERSION}
RUN env ${QUICK} cargo install --locked cargo-leptos@${CARGO_LEPTOS_VERSION}
RUN env ${QUICK} cargo install --locked wasm-bindgen-cli@${WASM_BINDGEN_VERSION}
WORKDIR /src

FROM tools AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM tools AS build
# As scripts/lib.sh has them: a crate reads some while it compiles.
ENV LEPTOS_OUTPUT_NAME=gittix SQLX_OFFLINE=true CARGO_INCREMENTAL=0
COPY --from=plan /src/recipe.json ./
# What cargo-leptos compiles with (.cargo/config.toml, and --split for the browser), in that order. Otherwise it would
# compile everything again.
ARG RUSTFLAGS="--cfg erase_components"
RUN cargo chef cook --locked --release --recipe-path recipe.json \
    --package server --package jobs --package stripe-sim
RUN RUSTFLAGS="$RUSTFLAGS -Clink-args=--emit-relocs" cargo chef cook --locked --profile wasm-release --recipe-path recipe.json \
    --package frontend --target wasm32-unknown-unknown --target-dir target/front
COPY --from=packages /usr/local/bin/node /usr/local/bin/
COPY --from=packages /src/node_modules node_modules
COPY . .
RUN env -u RUSTFLAGS PATH="/src/node_modules/.bin:$PATH" cargo leptos build --release --split --lib-features split \
    --bin-cargo-args=--package=jobs --bin-cargo-args=--bin=gittix-jobs \
    --bin-cargo-args=--package=stripe-sim --bin-cargo-args=--bin=stripe-sim
RUN PATH="/src/node_modules/.bin:$PATH" node scripts/finish-site.mjs
RUN mkdir -p /out/gittix/bin /out/dev/bin \
    && cp -r target/site /out/gittix/site \
    && cp target/release/hash.txt target/release/gittix-server target/release/gittix-jobs /out/gittix/bin/ \
    && cp target/release/stripe-sim /out/dev/bin/ \
    && strip --strip-debug /out/*/bin/gittix-* /out/dev/bin/stripe-sim

# What changes in place is served as it is, so nothing compressed lies beside it.
FROM ${NODE_IMAGE} AS gittix-dev
COPY --from=packages /src/node_modules /node_modules
COPY --from=build /out/gittix /opt/gittix
COPY --from=build /out/dev /opt/gittix
COPY style/*.css /opt/gittix/style/
COPY app/src /opt/gittix/app/src
COPY --chmod=755 k8s/dev/restyle.sh /usr/local/bin/restyle
RUN find /opt/gittix/site -name '*.br' -delete -o -name '*.gz' -delete
ENV PATH=/opt/gittix/bin:/node_modules/.bin:/usr/local/bin:/usr/bin:/bin \
    LISTEN_ADDR=0.0.0.0:3000 \
    SITE_ROOT=/opt/gittix/site
USER 65532:65532
CMD ["gittix-server"]

FROM ${RUNTIME_IMAGE} AS gittix
ARG VERSION=0.1.0
# Whoever builds says it: no git is in the context.
ARG REVISION=unknown
LABEL org.opencontainers.image.title="GitTix" \
      org.opencontainers.image.description="A marketplace for tickets: server, workers, migration and doctor" \
      org.opencontainers.image.source="https://github.com/gittix/gittix" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /out/gittix /opt/gittix
# The revision: what runs tells it as gittix_build_info.
ENV PATH=/opt/gittix/bin:/usr/local/bin:/usr/bin:/bin \
    LISTEN_ADDR=0.0.0.0:3000 \
    SITE_ROOT=/opt/gittix/site \
    GITTIX_REVISION=${REVISION}
USER 65532:65532
EXPOSE 3000
# Of a server; a worker's is off (--no-healthcheck). Kubernetes has probes of its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["gittix-server", "health"]
CMD ["gittix-server"]
